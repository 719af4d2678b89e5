-- What was looked at again when other names were watched.

-- Entries that were read for the names of a later time: again, or for the first time where they lie before the start of
-- their log. Rows of one log for the same names do not overlap; a row grows as long as run and policy stay the same. The
-- position of the log says nothing of them.
CREATE TABLE lookbacks (
    id           INTEGER PRIMARY KEY,
    log          INTEGER NOT NULL REFERENCES logs (id),
    run          INTEGER NOT NULL REFERENCES runs (id),
    policy       BLOB    NOT NULL CHECK (length(policy) = 32),
    names        BLOB    NOT NULL CHECK (length(names) = 32), -- as in policy_names
    from_index   INTEGER NOT NULL CHECK (from_index >= 0),
    to_index     INTEGER NOT NULL CHECK (to_index > from_index),
    since        INTEGER,                            -- what is stamped then or later is not before from_index; NULL: not known
    head         INTEGER NOT NULL REFERENCES tree_heads (id), -- they were verified to
    matched      INTEGER NOT NULL,                   -- entries that concern a watch and had no sighting
    undetermined INTEGER NOT NULL,                   -- likewise those that could not be read in full
    pruned       INTEGER NOT NULL DEFAULT 0 CHECK (pruned >= 0 AND pruned <= matched),
    first_at     INTEGER NOT NULL,                   -- of the first and the last commit
    last_at      INTEGER NOT NULL,
    UNIQUE (log, names, from_index)
) STRICT;

-- What was found so, and not when the log was followed. NULL: it was found then.
ALTER TABLE sightings ADD COLUMN lookback INTEGER REFERENCES lookbacks (id);
ALTER TABLE undetermined ADD COLUMN lookback INTEGER REFERENCES lookbacks (id);
CREATE INDEX sightings_lookback ON sightings (log, entry, lookback) WHERE lookback IS NOT NULL;
CREATE INDEX undetermined_lookback ON undetermined (log, entry, lookback) WHERE lookback IS NOT NULL;
