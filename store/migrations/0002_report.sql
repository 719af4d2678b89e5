-- Reports of a period, retention.

-- What retention took away stays counted: matched = sightings that are there + pruned.
ALTER TABLE coverage ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0 CHECK (pruned >= 0 AND pruned <= matched);

-- A row lasts less than a UTC day, so that its first commit finds it.
CREATE INDEX coverage_first_at ON coverage (first_at);

-- Each time that something was taken away, and what.
CREATE TABLE prunings (
    id           INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,                   -- when it began
    before       INTEGER NOT NULL,                   -- what was last seen before this was taken
    findings     INTEGER NOT NULL DEFAULT 0,
    issuances    INTEGER NOT NULL DEFAULT 0,
    sightings    INTEGER NOT NULL DEFAULT 0,
    certificates INTEGER NOT NULL DEFAULT 0,
    messages     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX sightings_certificate ON sightings (cert_sha256);
CREATE INDEX sightings_chain ON sightings (chain);
CREATE INDEX findings_verdict ON findings (verdict, first_seen);
CREATE INDEX undetermined_first_seen ON undetermined (first_seen, log, reason, matched, resolved);
CREATE INDEX tree_heads_first_seen ON tree_heads (log, first_seen);
