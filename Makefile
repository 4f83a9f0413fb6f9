# Tandem: what a developer does, by name. `make` alone lists it.

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
BIN := .build/release/tandem
SOURCES := Package.swift Sources Media Tests
STEP := @scripts/step

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run build test test-long unit lint format docs sanitize bench bench-signaling bench-tape bench-matching bench-catalogue bench-recording growth soak simulate-bandwidth hostile costs fuzz kill-test kill-recordings install uninstall clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build and start a server for trying things out, on http://127.0.0.1:7080
	@exec $(BIN) serve --dev $(ARGS)

build: ## the release binary, .build/release/tandem
	$(STEP) packages scripts/bootstrap build
	$(STEP) build scripts/build

test: ## everything: lint, unit tests, contract tests, browsers; the last line is the sum
	@scripts/test

test-long: build ## the tests that take their time and are not part of `make test`: full disks, long talks
	$(STEP) packages scripts/bootstrap test
	@TANDEM_BINARY=$(CURDIR)/$(BIN) .venv/bin/python -m pytest Tests/Interop -q -m long --timeout=180 -p no:cacheprovider

unit: ## the unit tests alone; FILTER=Name for some of them
	$(STEP) packages scripts/bootstrap build
	@swift test --disable-xctest --no-parallel $(if $(FILTER),--filter $(FILTER))

lint: ## format and style
	$(STEP) lint scripts/lint

format: ## put the sources into the house format
	$(STEP) format swift format --in-place --parallel --recursive $(SOURCES)

docs: ## write Config/tandem.yaml, docs/configuration.md and docs/cli.md anew from the code
	$(STEP) docs env TANDEM_WRITE_FILES=1 swift test --disable-xctest --filter "DocumentTests|CommandTests|ObserveTests"

# Without leaks: tests hold what they made to their end, and growth has tests of its own. The thread sanitizer takes what
# the standard library's Mutex guards for unguarded, so it judges the media plane, which has none, and its simulation.
sanitize: ## address sanitizer: unit tests, simulation, a real call; thread sanitizer: the media plane
	$(STEP) packages scripts/bootstrap test
	$(STEP) address env ASAN_OPTIONS=detect_leaks=0 SIMULATION_SEEDS=200 swift test --disable-xctest --no-parallel \
	  --sanitize address --scratch-path .build/address
	$(STEP) "address build" swift build --product tandem --sanitize address --scratch-path .build/address
	$(STEP) "address call" env ASAN_OPTIONS=detect_leaks=0 TANDEM_BINARY=$(CURDIR)/.build/address/debug/tandem \
	  .venv/bin/python -m pytest Tests/Interop/test_mixed.py -q -k "chromium_and_aiortc" -p no:cacheprovider
	$(STEP) thread env SIMULATION_SEEDS=100 swift test --disable-xctest --no-parallel --sanitize thread \
	  --scratch-path .build/thread --filter "Link|Structures|Engine|Transport|Forwarding|Caller|Simulation"

bench: ## CPU a packet beside Janus and a bare loop; ARGS="--rounds 5 --scenarios A,B --markdown FILE"
	$(STEP) packages scripts/bootstrap bench
	@scripts/bench $(ARGS)

bench-tape: ## CPU a recorded packet and minute, and how fast a mix is made
	@scripts/build tape-bench >/dev/null && .build/release/tape-bench

bench-catalogue: build ## searches in a catalogue of a million recordings
	$(STEP) packages scripts/bootstrap test
	@.venv/bin/python Tests/RecordingBench/catalogue_bench.py --binary $(BIN) $(ARGS)

bench-recording: build ## what recording costs a server in CPU and bytes, beside the same calls without it
	$(STEP) packages scripts/bootstrap test
	@.venv/bin/python Tests/RecordingBench/recording_cost.py --binary $(BIN) $(ARGS)

bench-matching: ## how good assignments are and what matching costs; ARGS="scores search queue burst day quality"
	@scripts/build matching-bench >/dev/null && .build/release/matching-bench $(ARGS)

simulate-bandwidth: ## the estimate on links of all kinds in virtual time, each figure's p5, median and p95; SEEDS=1000
	@swift build --build-tests >/dev/null && TANDEM_SEEDS=$(or $(SEEDS),1000) \
	  .build/debug/tandemPackageTests.xctest --testing-library swift-testing --filter EstimateTests

growth: ## cost a packet and memory a person as rooms and people grow; ARGS="--svg FILE"
	@scripts/growth $(ARGS)

soak: ## changing load for MINUTES=120, and whether all of it is given back; SEED=1
	@scripts/soak --minutes $(or $(MINUTES),120) --seed $(or $(SEED),1) $(ARGS)

hostile: ## running calls beside floods of every kind; ARGS="--rate 50000 --only stun,hello"
	@scripts/hostile $(ARGS)

bench-signaling: ## ten thousand people in rooms of two, on this machine: memory, joins, chat, as one JSON
	@scripts/bench-signaling $(CONNECTIONS)

costs: build ## what a join, a message and a request cost the server in CPU time; CONNECTIONS=500
	$(STEP) packages scripts/bootstrap test
	@TANDEM_BINARY=$(CURDIR)/$(BIN) .venv/bin/python scripts/costs $(or $(CONNECTIONS),500)

fuzz: ## the parsers under libFuzzer, a minute each; PARSER="json yaml", SECONDS=600
	$(STEP) packages scripts/bootstrap build
	@SECONDS_EACH=$(or $(SECONDS),60) scripts/fuzz $(PARSER)

kill-test: build ## kill -9 at random moments, ROUNDS=20: what was confirmed must be there
	$(STEP) packages scripts/bootstrap test
	@TANDEM_BINARY=$(CURDIR)/$(BIN) .venv/bin/python Tests/Kill/kill_test.py --rounds $(or $(ROUNDS),20) $(if $(SEED),--seed $(SEED))

kill-recordings: build ## kill -9 while it records, ROUNDS=500, ends of files torn: all recordings whole, a second lost at most
	$(STEP) packages scripts/bootstrap test
	@TANDEM_BINARY=$(CURDIR)/$(BIN) .venv/bin/python Tests/Kill/recording_kill_test.py --rounds $(or $(ROUNDS),500) $(if $(SEED),--seed $(SEED))

install: ## after build: binary, man page, completions, unit and configuration into the system (PREFIX, DESTDIR)
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" SYSCONFDIR="$(SYSCONFDIR)" UNITDIR="$(UNITDIR)" scripts/install

uninstall: ## remove what install put there, but not the configuration
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" SYSCONFDIR="$(SYSCONFDIR)" UNITDIR="$(UNITDIR)" scripts/install --remove

clean: ## remove all that was built
	rm -rf .build .venv
