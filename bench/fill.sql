-- Issuances with the numbers from :from to :to - 1, each seen once, with a finding each: one in a thousand is open. What
-- they say is short; how many there are is what is measured.
INSERT OR IGNORE INTO certificates (sha256, der) VALUES (zeroblob(32), zeroblob(1600));

WITH RECURSIVE numbers (i) AS (SELECT :from UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < :to)
INSERT INTO issuances (id, tbs_sha256, issuer_key_hash, spki_sha256, serial, issuer, subject, not_before, not_after,
    names, first_seen)
SELECT i + 1000000, unhex(printf('%064x', i)), zeroblob(32), unhex(printf('%064x', i / 4)), printf('%032x', i),
    'CN=Issuing CA ' || i % 100 || ',O=bench', printf('CN=host%d.example.com', i), :now - i * 1000, :now + i * 1000,
    json_array(printf('host%d.example.com', i)), :now
FROM numbers;

WITH RECURSIVE numbers (i) AS (SELECT :from UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < :to)
INSERT INTO sightings (log, entry, issuance, type, cert_sha256, timestamp, leaf, chain, keys, whole_chain, first_seen)
SELECT 1 + i % (SELECT count(*) FROM logs), 1000000 + i, i + 1000000, 'precert', zeroblob(32), :now, zeroblob(64),
    zeroblob(32), zeroblob(32), 1, :now
FROM numbers;

WITH RECURSIVE numbers (i) AS (SELECT :from UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < :to)
INSERT INTO findings (id, public_id, issuance, watch, verdict, severity, reasons, matches, decided, policy, state,
    first_seen, updated)
SELECT i + 1000000, printf('%032x', i), i + 1000000, 'example.com', iif(i % 1000, 'expected', 'unexpected'),
    iif(i % 1000, 'info', 'high'), '[]', '[]', 1, zeroblob(32), iif(i % 1000, 'closed', 'open'), :now, :now
FROM numbers;
