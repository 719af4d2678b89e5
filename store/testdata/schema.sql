PRAGMA application_id = 1886287732;
PRAGMA user_version = 3;
CREATE TABLE runs (
    id      INTEGER PRIMARY KEY,
    kind    TEXT    NOT NULL,                        -- scan, watch
    policy  BLOB    NOT NULL CHECK (length(policy) = 32),
    started INTEGER NOT NULL,
    ended   INTEGER,                                 -- NULL: under way, or killed
    outcome TEXT,
    CHECK ((ended IS NULL) = (outcome IS NULL))
) STRICT;

CREATE TABLE logs (
    id             INTEGER PRIMARY KEY,
    log_id         BLOB    NOT NULL UNIQUE CHECK (length(log_id) = 32),
    key            BLOB    NOT NULL,                 -- DER SubjectPublicKeyInfo
    description    TEXT    NOT NULL,
    operator       TEXT    NOT NULL,
    url            TEXT    NOT NULL,
    monitoring_url TEXT    NOT NULL,
    first_seen     INTEGER NOT NULL,
    late           INTEGER NOT NULL CHECK (late IN (0, 1)), -- it appeared after a first run had ended

    start        INTEGER CHECK (start >= 0),         -- the first position ever, and why
    start_why    TEXT,
    started      INTEGER,
    position     INTEGER CHECK (position >= start),  -- the first entries that are processed in full
    nodes        BLOB CHECK (length(nodes) % 32 = 0), -- their compact range: subtree roots, largest first
    verified     INTEGER REFERENCES tree_heads (id), -- the head that this was proved against
    precerts     INTEGER NOT NULL DEFAULT 0,         -- sums over coverage
    matched      INTEGER NOT NULL DEFAULT 0,
    undetermined INTEGER NOT NULL DEFAULT 0,

    head          INTEGER REFERENCES tree_heads (id), -- the largest
    last_contact  INTEGER,
    last_error    TEXT,
    last_error_at INTEGER,
    CHECK ((start IS NULL) = (start_why IS NULL) AND (start IS NULL) = (started IS NULL)
        AND (start IS NULL) = (position IS NULL) AND (start IS NULL) = (nodes IS NULL)
        AND (start IS NULL) = (verified IS NULL)),
    CHECK ((last_error IS NULL) = (last_error_at IS NULL))
) STRICT;

CREATE TABLE tree_heads (
    id         INTEGER PRIMARY KEY,
    log        INTEGER NOT NULL REFERENCES logs (id),
    size       INTEGER NOT NULL CHECK (size >= 0),
    root       BLOB    NOT NULL CHECK (length(root) = 32),
    timestamp  INTEGER NOT NULL,
    signature  BLOB    NOT NULL,
    raw        BLOB    NOT NULL,
    first_seen INTEGER NOT NULL,
    again_timestamp INTEGER CHECK (again_timestamp > timestamp),
    again_signature BLOB,
    again_raw       BLOB,
    again_seen      INTEGER,
    UNIQUE (log, size, root)
) STRICT;

CREATE TABLE coverage (
    id           INTEGER PRIMARY KEY,
    log          INTEGER NOT NULL REFERENCES logs (id),
    run          INTEGER NOT NULL REFERENCES runs (id),
    policy       BLOB    NOT NULL CHECK (length(policy) = 32),
    from_index   INTEGER NOT NULL CHECK (from_index >= 0),
    to_index     INTEGER NOT NULL CHECK (to_index > from_index),
    head         INTEGER NOT NULL REFERENCES tree_heads (id), -- the last one they were verified to
    precerts     INTEGER NOT NULL,
    matched      INTEGER NOT NULL,                   -- entries that concern a watch
    undetermined INTEGER NOT NULL,                   -- entries in the table of that name
    first_at     INTEGER NOT NULL,                   -- of the first and the last commit
    last_at      INTEGER NOT NULL, pruned INTEGER NOT NULL DEFAULT 0 CHECK (pruned >= 0 AND pruned <= matched),
    UNIQUE (log, from_index),
    UNIQUE (log, to_index)
) STRICT;

CREATE TABLE certificates (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    der    BLOB NOT NULL
) STRICT;

CREATE TABLE issuances (
    id              INTEGER PRIMARY KEY,
    tbs_sha256      BLOB NOT NULL CHECK (length(tbs_sha256) = 32), -- of the TBS in precertificate form
    issuer_key_hash BLOB CHECK (length(issuer_key_hash) = 32),     -- NULL: the issuer could not be had
    spki_sha256     BLOB CHECK (length(spki_sha256) = 32),         -- NULL: could not be read; likewise the dates
    serial          TEXT NOT NULL,
    issuer          TEXT NOT NULL,
    subject         TEXT NOT NULL,
    not_before      INTEGER,
    not_after       INTEGER,
    names           TEXT NOT NULL CHECK (json_valid(names)),
    first_seen      INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX issuances_identity ON issuances (tbs_sha256, ifnull(issuer_key_hash, x''));

CREATE INDEX issuances_spki ON issuances (spki_sha256);

CREATE INDEX issuances_issuer ON issuances (issuer_key_hash, issuer);

CREATE TABLE sightings (
    log         INTEGER NOT NULL REFERENCES logs (id),
    entry       INTEGER NOT NULL CHECK (entry >= 0), -- the index in the log
    issuance    INTEGER NOT NULL REFERENCES issuances (id),
    type        TEXT    NOT NULL,
    cert_sha256 BLOB    NOT NULL REFERENCES certificates (sha256),
    timestamp   INTEGER NOT NULL,
    leaf        BLOB    NOT NULL,                    -- TimestampedEntry
    chain       BLOB    NOT NULL CHECK (length(chain) % 32 = 0), -- hashes of certificates, issuer first
    keys        BLOB    NOT NULL CHECK (length(keys) % 32 = 0), -- SPKI hashes of the chain as far as it is proved
    whole_chain INTEGER NOT NULL CHECK (whole_chain IN (0, 1)), -- which is all of it
    first_seen  INTEGER NOT NULL, lookback INTEGER REFERENCES lookbacks (id),
    PRIMARY KEY (log, entry)
) STRICT;

CREATE TABLE findings (
    id            INTEGER PRIMARY KEY,
    public_id     TEXT    NOT NULL UNIQUE,
    issuance      INTEGER NOT NULL REFERENCES issuances (id),
    watch         TEXT    NOT NULL,
    verdict       TEXT    NOT NULL,
    severity      TEXT    NOT NULL,
    reasons       TEXT    NOT NULL CHECK (json_valid(reasons)),
    key_pinned    INTEGER CHECK (key_pinned IN (0, 1)),
    issuer_pinned INTEGER CHECK (issuer_pinned IN (0, 1)),
    chain_pinned  INTEGER CHECK (chain_pinned IN (0, 1)),
    matches       TEXT    NOT NULL CHECK (json_valid(matches)),
    decided       INTEGER NOT NULL CHECK (decided IN (0, 1)),
    policy        BLOB    NOT NULL CHECK (length(policy) = 32),
    state         TEXT    NOT NULL CHECK (state IN ('pending', 'open', 'acknowledged', 'closed')),
    due           INTEGER,                           -- when a pending one is opened, unless its key is declared before
    first_seen    INTEGER NOT NULL,
    updated       INTEGER NOT NULL,
    CHECK ((state = 'pending') = (due IS NOT NULL)),
    UNIQUE (issuance, watch)
) STRICT;

CREATE INDEX findings_state ON findings (state);

CREATE INDEX findings_due ON findings (due) WHERE due IS NOT NULL;

CREATE INDEX findings_watch ON findings (watch);

CREATE INDEX findings_first_seen ON findings (first_seen);

CREATE TABLE finding_events (
    id      INTEGER PRIMARY KEY,
    finding INTEGER NOT NULL REFERENCES findings (id),
    at      INTEGER NOT NULL,
    who     TEXT    NOT NULL,
    what    TEXT    NOT NULL,
    why     TEXT    NOT NULL
) STRICT;

CREATE INDEX finding_events_finding ON finding_events (finding);

CREATE TABLE undetermined (
    log        INTEGER NOT NULL REFERENCES logs (id),
    entry      INTEGER NOT NULL CHECK (entry >= 0),
    reason     TEXT    NOT NULL,
    matched    INTEGER NOT NULL CHECK (matched IN (0, 1)), -- it has a sighting as well
    whole      INTEGER NOT NULL CHECK (whole IN (0, 1)), -- leaf is the whole MerkleTreeLeaf, not its TimestampedEntry
    first_seen INTEGER NOT NULL,
    resolved   INTEGER,                              -- when a later reading read it in full; NULL: not yet
    leaf       BLOB    NOT NULL, lookback INTEGER REFERENCES lookbacks (id),
    PRIMARY KEY (log, entry)
) STRICT;

CREATE INDEX undetermined_outstanding ON undetermined (log) WHERE resolved IS NULL;

CREATE TABLE alarms (
    id         INTEGER PRIMARY KEY,
    log        INTEGER NOT NULL REFERENCES logs (id),
    kind       TEXT    NOT NULL,
    detail     TEXT    NOT NULL,
    head       BLOB,                                 -- raw, as received
    other      BLOB,                                 -- raw, the earlier head that it contradicts
    evidence   BLOB    NOT NULL CHECK (length(evidence) = 32), -- hash of both
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    count      INTEGER NOT NULL DEFAULT 1,
    UNIQUE (log, kind, evidence)
) STRICT;

CREATE TABLE policies (
    id      INTEGER PRIMARY KEY,
    policy  BLOB    NOT NULL CHECK (length(policy) = 32),
    since   INTEGER NOT NULL,
    changed INTEGER NOT NULL                         -- findings that it changed or gave birth to
) STRICT;

CREATE TABLE pins (
    id        INTEGER PRIMARY KEY,
    watch     TEXT    NOT NULL,
    dimension TEXT    NOT NULL CHECK (dimension IN ('keys', 'issuers', 'chain')),
    spki      BLOB    NOT NULL CHECK (length(spki) = 32),
    label     TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    since     INTEGER NOT NULL,
    until     INTEGER CHECK (until >= since)         -- NULL: it is in force
) STRICT;

CREATE UNIQUE INDEX pins_in_force ON pins (watch, dimension, spki) WHERE until IS NULL;

CREATE INDEX pins_spki ON pins (spki);

CREATE TABLE pin_files (
    id        INTEGER PRIMARY KEY,
    watch     TEXT    NOT NULL,
    pattern   TEXT    NOT NULL,                      -- in the configuration
    path      TEXT    NOT NULL,
    pins      TEXT    NOT NULL CHECK (json_valid(pins)),
    read_at   INTEGER NOT NULL,                      -- the last time that it could be read
    failed_at INTEGER,                               -- since when it cannot; NULL: it can
    failure   TEXT,
    CHECK ((failed_at IS NULL) = (failure IS NULL)),
    UNIQUE (watch, pattern, path)
) STRICT;

CREATE TABLE authorisations (
    id          INTEGER PRIMARY KEY,
    watch       TEXT    NOT NULL,
    dimension   TEXT    NOT NULL CHECK (dimension IN ('keys', 'issuers', 'chain')),
    spki        BLOB    NOT NULL CHECK (length(spki) = 32),
    label       TEXT    NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN ('adopted', 'learned')),
    finding     INTEGER NOT NULL REFERENCES findings (id), -- that it came from
    added       INTEGER NOT NULL,
    added_by    TEXT    NOT NULL,
    added_why   TEXT    NOT NULL,
    approved    INTEGER,                             -- NULL: nobody has looked at what was learned
    approved_by TEXT,
    ended       INTEGER,                             -- NULL: in force
    ended_by    TEXT,
    ended_why   TEXT,
    CHECK ((approved IS NULL) = (approved_by IS NULL)),
    CHECK ((ended IS NULL) = (ended_by IS NULL) AND (ended IS NULL) = (ended_why IS NULL))
) STRICT;

CREATE UNIQUE INDEX authorisations_in_force ON authorisations (watch, dimension, spki) WHERE ended IS NULL;

CREATE TABLE learning (
    watch TEXT    NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT;

CREATE TABLE told (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    finding INTEGER NOT NULL REFERENCES findings (id)
) STRICT;

CREATE INDEX coverage_first_at ON coverage (first_at);

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

CREATE INDEX authorisations_finding ON authorisations (finding);

CREATE INDEX sightings_evidence ON sightings (issuance, first_seen, log, entry, timestamp, type, whole_chain, keys);

CREATE INDEX sightings_certificate ON sightings (cert_sha256);

CREATE INDEX sightings_chain ON sightings (chain);

CREATE INDEX findings_verdict ON findings (verdict, first_seen);

CREATE INDEX undetermined_first_seen ON undetermined (first_seen, log, reason, matched, resolved);

CREATE INDEX tree_heads_first_seen ON tree_heads (log, first_seen);

CREATE TABLE log_lists (
    id        INTEGER PRIMARY KEY,
    source    TEXT    NOT NULL,                      -- path or URL
    version   TEXT    NOT NULL,
    published INTEGER,                               -- by its own word; NULL: it does not say
    sha256    BLOB    NOT NULL CHECK (length(sha256) = 32),
    signed    INTEGER NOT NULL CHECK (signed IN (0, 1)), -- 1: its publisher's signature was verified; 0: its owner's word
    checked   INTEGER NOT NULL,                      -- when it was last known to be the current one
    first_run INTEGER NOT NULL REFERENCES runs (id),
    last_run  INTEGER NOT NULL REFERENCES runs (id) CHECK (last_run >= first_run),
    since     INTEGER NOT NULL,
    until     INTEGER NOT NULL CHECK (until >= since), -- the last time that it was found so
    ended     INTEGER CHECK (ended >= until)         -- when it was found otherwise; NULL: not yet
) STRICT;

CREATE INDEX log_lists_in_force ON log_lists (source) WHERE ended IS NULL;

CREATE TABLE listed_logs (
    id              INTEGER PRIMARY KEY,
    log_id          BLOB    NOT NULL CHECK (length(log_id) = 32), -- zero: the list has none that makes sense
    key             BLOB    NOT NULL,                -- empty: unknown
    description     TEXT    NOT NULL,
    operator        TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    state_since     INTEGER,                         -- NULL: the list does not say; likewise the interval
    not_after_start INTEGER,
    not_after_limit INTEGER,
    mmd             INTEGER NOT NULL,                -- in milliseconds; 0: unknown
    listed          INTEGER NOT NULL CHECK (listed IN (0, 1)), -- 0: it is in the configuration alone
    followed        INTEGER NOT NULL CHECK (followed IN (0, 1)),
    why             TEXT    NOT NULL CHECK ((why = '') = followed), -- why it is not followed: a word, and in detail
    detail          TEXT    NOT NULL,
    first_run       INTEGER NOT NULL REFERENCES runs (id),
    last_run        INTEGER NOT NULL REFERENCES runs (id) CHECK (last_run >= first_run),
    since           INTEGER NOT NULL,
    until           INTEGER NOT NULL CHECK (until >= since),
    ended           INTEGER CHECK (ended >= until)
) STRICT;

CREATE INDEX listed_logs_in_force ON listed_logs (log_id) WHERE ended IS NULL;

CREATE INDEX listed_logs_since ON listed_logs (since);

CREATE TABLE run_logs (
    run           INTEGER NOT NULL REFERENCES runs (id),
    log           INTEGER NOT NULL REFERENCES logs (id),
    passes        INTEGER NOT NULL,
    errors        INTEGER NOT NULL CHECK (errors <= passes), -- passes that failed
    last_error    TEXT,
    last_error_at INTEGER,
    position      INTEGER,                           -- NULL: the log has none
    head_size     INTEGER,                           -- of the largest head; NULL: there is none
    covered_until INTEGER,                           -- timestamp of the latest head that the position covers
    first_at      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    PRIMARY KEY (run, log),
    CHECK ((errors = 0) = (last_error IS NULL) AND (errors = 0) = (last_error_at IS NULL))
) STRICT;

CREATE INDEX run_logs_last_at ON run_logs (last_at);

CREATE TABLE outbox (
    id        INTEGER PRIMARY KEY,
    public_id TEXT    NOT NULL UNIQUE,               -- in the message, the same each time that it is sent
    kind      TEXT    NOT NULL,
    event     TEXT    NOT NULL,
    severity  TEXT    NOT NULL,                      -- when it happened
    thread    TEXT    NOT NULL,                      -- common to all that is told of one matter
    finding   INTEGER REFERENCES findings (id),
    alarm     INTEGER REFERENCES alarms (id),
    payload   TEXT CHECK (json_valid(payload)),      -- of what stands in no other table
    created   INTEGER NOT NULL,
    routed    INTEGER,                               -- when it was decided who wants it; NULL: not yet
    CHECK ((finding IS NOT NULL) + (alarm IS NOT NULL) + (payload IS NOT NULL) = 1)
) STRICT;

CREATE INDEX outbox_unrouted ON outbox (id) WHERE routed IS NULL;

CREATE INDEX outbox_thread ON outbox (thread);

CREATE INDEX outbox_finding ON outbox (finding);

CREATE INDEX outbox_created ON outbox (created);

CREATE TABLE deliveries (
    message    INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    receiver   TEXT    NOT NULL,                     -- its name in the configuration
    since      INTEGER NOT NULL,                     -- when it was to be sent, or taken up again
    attempts   INTEGER NOT NULL DEFAULT 0,           -- that failed, since then
    last_error TEXT,
    tried      INTEGER,                              -- when that was
    due        INTEGER,
    sent       INTEGER,
    given_up   INTEGER,
    part_of    INTEGER REFERENCES outbox (id),       -- the digest or summary that stands for it
    PRIMARY KEY (message, receiver),
    CHECK ((due IS NOT NULL) + (sent IS NOT NULL) + (given_up IS NOT NULL) + (part_of IS NOT NULL) = 1)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_due ON deliveries (receiver, due, message) WHERE due IS NOT NULL;

CREATE INDEX deliveries_sent ON deliveries (receiver, sent) WHERE sent IS NOT NULL;

CREATE INDEX deliveries_given_up ON deliveries (receiver, message) WHERE given_up IS NOT NULL;

CREATE INDEX deliveries_part_of ON deliveries (part_of, message) WHERE part_of IS NOT NULL;

CREATE TABLE matters (
    thread   TEXT    NOT NULL PRIMARY KEY,
    kind     TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    severity TEXT    NOT NULL,
    payload  TEXT    NOT NULL CHECK (json_valid(payload)),
    since    INTEGER NOT NULL
) STRICT;

CREATE TABLE outbox_begin (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    finding INTEGER NOT NULL
) STRICT;

CREATE TABLE policy_names (
    policy BLOB NOT NULL PRIMARY KEY CHECK (length(policy) = 32),
    names  BLOB NOT NULL CHECK (length(names) = 32)  -- hash of all that decides which names match
) STRICT;

CREATE TABLE finals (
    cert    BLOB    NOT NULL PRIMARY KEY REFERENCES certificates (sha256) ON DELETE CASCADE,
    checked INTEGER,                                 -- NULL: not yet
    problem TEXT    NOT NULL DEFAULT ''              -- what of its SCT list could not be read or verified
) STRICT;

CREATE INDEX finals_unchecked ON finals (cert) WHERE checked IS NULL;

CREATE TABLE scts (
    id         INTEGER PRIMARY KEY,
    cert       BLOB    NOT NULL REFERENCES finals (cert) ON DELETE CASCADE,
    place      INTEGER NOT NULL CHECK (place >= 0),  -- in the list
    log_id     BLOB    NOT NULL CHECK (length(log_id) = 32),
    timestamp  INTEGER NOT NULL,
    leaf_index INTEGER,                              -- static-ct-api; NULL: it names none
    raw        BLOB    NOT NULL,
    signature  TEXT    NOT NULL CHECK (signature IN ('valid', 'invalid', 'unknown_log', 'unverified')),
    promise    TEXT    CHECK (promise IN ('open', 'kept', 'unseen', 'broken')), -- NULL: there is none to hold the log to
    entry      INTEGER,                              -- where the promised entry is
    detail     TEXT    NOT NULL DEFAULT '',
    settled    INTEGER,
    UNIQUE (cert, place),
    CHECK ((signature = 'valid') = (promise IS NOT NULL)),
    CHECK (ifnull(promise, 'open') = 'open' OR settled IS NOT NULL)
) STRICT;

CREATE INDEX scts_open ON scts (log_id, timestamp) WHERE promise = 'open';

CREATE INDEX scts_unknown ON scts (log_id) WHERE signature = 'unknown_log';

CREATE INDEX scts_broken ON scts (log_id) WHERE promise = 'broken';

CREATE TABLE canaries (
    watch TEXT    NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT;

CREATE TABLE pin_checks (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    policy BLOB    NOT NULL CHECK (length(policy) = 32),
    at     INTEGER NOT NULL
) STRICT;

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

CREATE INDEX sightings_lookback ON sightings (log, entry, lookback) WHERE lookback IS NOT NULL;

CREATE INDEX undetermined_lookback ON undetermined (log, entry, lookback) WHERE lookback IS NOT NULL;
