// Package config reads pinwatch.yaml.
//
//	contact: security@example.com      # goes into the User-Agent; needed as soon as a log is not on this machine
//	store: sqlite:pinwatch.db
//	retain: 400d                       # how long expected issuances are kept; for ever if left out
//	logs:
//	  list: https://...                # a URL or a file, or several of them; "" for none; Google's list if left out
//	  states: [usable, qualified, readonly]
//	  expired: follow                  # skip leaves out logs of the lists whose certificates all expired a month ago
//	  extra:                           # logs that are on no list
//	    - description: our test log
//	      url: https://...             # RFC 6962, or
//	      submission_url: https://...  # static-ct-api: both of these,
//	      monitoring_url: file:log/    # which may be a directory
//	      head_url: https://...        # for a log with tiles that serves get-sth in place of a checkpoint
//	      key: MFkw...                 # base64 of the DER SubjectPublicKeyInfo
//	  start: now                       # now | beginning | 2026-01-31 | an index (extra logs)
//	  poll: 60s                        # how often watch asks a log for its tree head
//	  partial: 5m                      # how long it lets the last tile of a static log fill; 0s: not at all
//	  limits:                          # below what the program finds out by itself
//	    bytes_per_second: 2000000      # from all logs together
//	    operators:                     # by the name in the list, or for logs whose URL begins so
//	      Example Org: {requests_per_second: 0.5, parallel: 2}
//	      https://ct.example.net/: {parallel: 1}
//	watch:
//	  - name: example.com
//	    scope: subtree                 # subtree | one-label | exact
//	    exclude: [lab.example.com]
//	    keys:    [sha256/..., {pin: sha256/..., label: next key, not_before: 2026-12-01}]
//	    issuers: [sha256/...]
//	    chain:   [sha256/...]
//	    pins_from: [app/network_security_config.xml, certs/*.pem, {file: keys.p12, password_env: P12_PASSWORD}]
//	    mode: learn                    # pins | learn: take what is valid at the beginning for expected
//	    pending: 15m                   # how long an unknown key may wait to be declared in pins_from
//	    labels: [prod]                 # receivers may ask for watches by these
//	  - ip: 192.0.2.0/24
//	  - names_from: customers.txt      # a watch in each line, as findings name it; keys, issuers, chain, emails, uris
//	    labels: [customers]            # and labels are of all of them
//	canary: example.net                # certificates for it are expected all the time: silence is an alarm
//	coverage: {behind: 6h}             # how long a log may not be read to its head before that is told
//	notify:                            # docs/notify.md has the types and their words
//	  - type: webhook
//	    name: security                 # the type, if left out
//	    url_env: HOOK_URL              # secrets stand in the environment (_env), files (_file) or systemd credentials
//	    only: {watches: ["*.example.com"], labels: [prod], verdicts: [unexpected], severity: high, kinds: [finding]}
//	    digest: "08:00"                # or a period: 24h
//	    limit: 20/h
//
// Reading is strict. A word that is not known is an error with its line and a suggestion, a value that cannot be
// meant is one too, and all problems of a file are reported together. Nothing that is written is ever ignored: what
// this version cannot do yet is refused by name.
//
// Paths in the file (the store, log list files, file: URLs, pins_from, names_from) are relative to the file's directory, so
// that a run from cron means the same as one by hand. The package reads files of names, no other file and no network.
package config
