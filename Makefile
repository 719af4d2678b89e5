# `make` lists the targets. Everything that CI runs is `make check`.

SHELL       = bash
.SHELLFLAGS = -euo pipefail -c

# Tools are built into .bin at these versions when a target needs them.
GOLANGCI_LINT = v2.15.0
BENCHSTAT     = v0.0.0-20260908200009-22c9c6c9d4da

FUZZTIME ?= 30s
SOAK     ?= 10m
BENCH    ?= .
COUNT    ?= 6
PKG      ?= ./...

BIN  := $(CURDIR)/.bin
LINT := $(BIN)/golangci-lint-$(GOLANGCI_LINT)
STAT := $(BIN)/benchstat-$(BENCHSTAT)

.PHONY: help build test check short race reallogs browser soak golden fuzz bench bench-base bench-e2e lint fmt demo generate setup clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what building needs and is missing: a C compiler (on Debian, as root)
	@scripts/setup

build: setup ## build ./pinwatch
	go build -o pinwatch .

test: setup ## all tests
	go test -count=1 $(PKG)

short: setup ## the tests that take no time
	go test -short $(PKG)

race: setup ## all tests under the race detector
	go test -count=1 -short -race $(PKG)

reallogs: setup ## tests against logs that others' software writes (a module of its own)
	@if [ -d test/reallogs ]; then cd test/reallogs && go test -count=1 ./...; fi

browser: setup ## reports in a headless Chromium: looks, printing, no error on its console
	PINWATCH_BROWSER=$$(scripts/browser) && export PINWATCH_BROWSER && go test -count=1 -run '^TestBrowser' ./report

soak: setup ## follow three growing logs under faults for SOAK (10m)
	PINWATCH_SOAK=$(SOAK) go test -count=1 -timeout 0 -v -run '^TestSoak$$' ./monitor

check: lint test race reallogs browser ## all that CI runs: lint, tests, race detector, real logs, a browser, a little fuzzing
	@$(MAKE) --no-print-directory fuzz FUZZTIME=500x

golden: setup ## write the golden files anew from what the code says now; read the diff
	go test $$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -n1 dirname | sort -u) -update

fuzz: setup ## every fuzz target for FUZZTIME (30s) each; PKG=./matcher for one room
	@scripts/fuzz $(FUZZTIME) $(PKG)

bench: setup $(STAT) ## benchmarks (BENCH=regexp, COUNT=6), compared with the base that bench-base saved
	go test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) $(PKG) | tee bench-new.txt
	@if [ -f bench-base.txt ]; then $(STAT) bench-base.txt bench-new.txt; else $(STAT) bench-new.txt; fi

bench-base: bench ## save the figures of this state as the base for bench
	mv bench-new.txt bench-base.txt

bench-e2e: build ## whole scans of generated logs, beside a program that only downloads (minutes)
	go run ./bench -pinwatch ./pinwatch $(ARGS)

lint: setup $(LINT) ## go vet, gofumpt and the linters of .golangci.yml
	$(LINT) run $(PKG)

fmt: $(LINT) ## format the code
	$(LINT) fmt

demo: build ## scan the demo log in testdata/demo, twice, and show what was found
	@scripts/demo

generate: setup ## make the demo log anew (it comes out the same, byte for byte)
	go generate ./...

clean: ## remove what was built
	rm -rf pinwatch .bin bench-new.txt

$(LINT):
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	mv $(BIN)/golangci-lint $@

$(STAT):
	GOBIN=$(BIN) go install golang.org/x/perf/cmd/benchstat@$(BENCHSTAT)
	mv $(BIN)/benchstat $@
