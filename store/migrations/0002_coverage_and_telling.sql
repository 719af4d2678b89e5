-- Retention, reports of a period, what was known of each log, promises of logs, and what is to be told.

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

CREATE INDEX authorisations_finding ON authorisations (finding);
-- All that a check of pins asks of sightings, so that it need not read past their bytes.
DROP INDEX sightings_issuance;
CREATE INDEX sightings_evidence ON sightings (issuance, first_seen, log, entry, timestamp, type, whole_chain, keys);

CREATE INDEX sightings_certificate ON sightings (cert_sha256);
CREATE INDEX sightings_chain ON sightings (chain);
CREATE INDEX findings_verdict ON findings (verdict, first_seen);
CREATE INDEX undetermined_first_seen ON undetermined (first_seen, log, reason, matched, resolved);
CREATE INDEX tree_heads_first_seen ON tree_heads (log, first_seen);

-- Log lists as runs took them up. A row lasts as long as run after run finds the same.
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

-- All logs that runs knew, followed or not, with what the lists said of them. Rows last as those of log_lists do.
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

-- How a run fared with a log, after its last pass over it.
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

-- What is to be told. A row is written in the transaction of what it tells. It says what happened; what there is to say
-- of a finding or an alarm is read when it is sent.
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

-- A message for a receiver. It waits until it is due, was sent, was given up, or is told by another message.
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

-- What waits is found without looking at what was sent, however much that is.
CREATE INDEX deliveries_due ON deliveries (receiver, due, message) WHERE due IS NOT NULL;
CREATE INDEX deliveries_sent ON deliveries (receiver, sent) WHERE sent IS NOT NULL;
CREATE INDEX deliveries_given_up ON deliveries (receiver, message) WHERE given_up IS NOT NULL;
CREATE INDEX deliveries_part_of ON deliveries (part_of, message) WHERE part_of IS NOT NULL;

-- Matters that last, such as a log that is behind. They are told when they begin, when they change, and when they end.
CREATE TABLE matters (
    thread   TEXT    NOT NULL PRIMARY KEY,
    kind     TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    severity TEXT    NOT NULL,
    payload  TEXT    NOT NULL CHECK (json_valid(payload)),
    since    INTEGER NOT NULL
) STRICT;

-- The last finding that is older than the outbox. Of those up to it, only what no process came to say is told now.
CREATE TABLE outbox_begin (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    finding INTEGER NOT NULL
) STRICT;

INSERT INTO outbox_begin (one, finding) SELECT 1, ifnull(max(id), 0) FROM findings;
INSERT INTO outbox (public_id, kind, event, severity, thread, finding, created)
    SELECT lower(hex(randomblob(16))), 'finding', 'new', severity, public_id, id, first_seen FROM findings
    WHERE id > ifnull((SELECT finding FROM told), 0) AND state = 'open' AND verdict <> 'expected' ORDER BY id;

-- By what names the entries of a policy were matched, pins aside.
CREATE TABLE policy_names (
    policy BLOB NOT NULL PRIMARY KEY CHECK (length(policy) = 32),
    names  BLOB NOT NULL CHECK (length(names) = 32)  -- hash of all that decides which names match
) STRICT;

-- The final certificates of the record, whose SCTs are checked. They are so from the commit of their sighting on.
CREATE TABLE finals (
    cert    BLOB    NOT NULL PRIMARY KEY REFERENCES certificates (sha256) ON DELETE CASCADE,
    checked INTEGER,                                 -- NULL: not yet
    problem TEXT    NOT NULL DEFAULT ''              -- what of its SCT list could not be read or verified
) STRICT;

CREATE INDEX finals_unchecked ON finals (cert) WHERE checked IS NULL;
INSERT INTO finals (cert) SELECT DISTINCT cert_sha256 FROM sightings WHERE type = 'x509';

-- The SCTs in final certificates, and what became of the promises.
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

-- Since when a watch is a canary: its silence counts from then on.
CREATE TABLE canaries (
    watch TEXT    NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT;

-- When the pins of a policy were last held against the record.
CREATE TABLE pin_checks (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    policy BLOB    NOT NULL CHECK (length(policy) = 32),
    at     INTEGER NOT NULL
) STRICT;
