# make run     builds Apus and runs a local cluster of six nodes in the foreground; Ctrl-C stops it
# make node    builds Apus and runs one node in the foreground; Ctrl-C stops it
# make test    builds and runs all tests
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

# What Swift needs of Debian to run, compile and link, and what the tests use as clients and as oracle.
BUILD_PACKAGES := binutils g++ git libc6-dev libcurl4 liblua5.1-0-dev libncurses6 libsqlite3-0 libxml2
TEST_PACKAGES := chromium curl etcd-server iproute2 libhiredis-dev openssl pkg-config python3-venv redis-tools

SWIFT_BUILD := swift build --static-swift-stdlib
APUS := .build/release/apus
# Tests of whole processes run one at a time.
PROCESS_TESTS := ProcessTests|DifferentialTests
ARGUMENTS ?=
# Debian's redis-server is one program with redis-check-rdb of redis-tools, and knows by its name what to be. The package
# redis-server adds only the name, and a service that would take port 6379: so the name is made here, and that of
# redis-sentinel.
ORACLE := .build/oracle/redis-server
export PATH := $(PATH):$(CURDIR)/.build/oracle

# Two package installations at once would lock each other out.
.NOTPARALLEL:
.PHONY: run node build test sanitize bench bench-eviction fuzz simulate container format check clean \
	toolchain test-packages

# ARGUMENTS is the first of the six ports.
run: build
	APUS=$(APUS) exec scripts/run-cluster $(ARGUMENTS)

node: build
	exec $(APUS) server $(ARGUMENTS)

build: toolchain
	$(SWIFT_BUILD) -c release --product apus

test: test-packages build
	swift build --build-tests
	scripts/run-tests --skip '$(PROCESS_TESTS)'
	scripts/run-tests --no-parallel --filter '$(PROCESS_TESTS)'

# Memory under the address sanitizer, leaks of whole servers included, and the threads beside the node's under the thread
# sanitizer. What the test runner itself never frees is no leak of ours. Simulations run the same code as the other tests,
# only for much longer.
sanitize: test-packages build
	swift build --build-tests --sanitize=address --scratch-path .build/address
	ASAN_OPTIONS=detect_leaks=0 scripts/run-tests --sanitize=address --scratch-path .build/address \
		--skip '$(PROCESS_TESTS)|SimulationTests'
	swift build --build-tests --sanitize=thread --scratch-path .build/thread
	scripts/run-tests --sanitize=thread --scratch-path .build/thread --filter ServerTests
	swift build --build-tests
	APUS_BINARY=$(CURDIR)/.build/address/debug/apus scripts/run-tests --no-parallel --filter '$(PROCESS_TESTS)'

bench: test-packages build
	$(SWIFT_BUILD) -c release --product apus-bench
	.build/release/apus-bench $(ARGUMENTS)

# Hit ratios of all eviction policies beside redis-server's, on the same traces; ARGUMENTS="--quick --only loop".
bench-eviction: test-packages build
	$(SWIFT_BUILD) -c release --product apus-bench
	.build/release/apus-bench --eviction $(ARGUMENTS)

# Inputs that break the reading of files and payloads are looked for; ARGUMENTS="--seed 7 --count 1000000".
fuzz: toolchain
	$(SWIFT_BUILD) -c release --product apus-fuzz
	.build/release/apus-fuzz $(ARGUMENTS)

# Clusters on a virtual clock, from seeds: make simulate SEED=7 RUNS=1000; WHAT=replication, cluster, forming, nodes,
# promises or imports for one kind of runs, WHAT=scale RUNS=1000 for the loss of many of so many primaries at once.
SEED ?= 1
RUNS ?= 1000
WHAT ?=
simulate: toolchain
	$(SWIFT_BUILD) -c release --product apus-simulate
	.build/release/apus-simulate $(SEED) $(RUNS) $(WHAT)

# Puts together what docker/Dockerfile does and runs a cluster from it, as root, without a container engine.
container: build
	@scripts/require debootstrap
	docker/check

format: toolchain
	swift format --in-place --recursive Package.swift Sources Tests

check: toolchain
	swift format lint --strict --recursive Package.swift Sources Tests

clean:
	rm -rf .build

toolchain:
	@scripts/require $(BUILD_PACKAGES)
	@command -v swift >/dev/null || { echo "Swift 6.3 or later is needed: see https://www.swift.org/install/linux/" >&2; exit 1; }

test-packages:
	@scripts/require $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@mkdir -p $(dir $(ORACLE)) && ln -sf /usr/bin/redis-check-rdb $(ORACLE) \
		&& ln -sf /usr/bin/redis-check-rdb $(dir $(ORACLE))redis-sentinel
