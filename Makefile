# make run     builds Apus and runs a node in the foreground; Ctrl-C stops it
# make test    builds and runs all tests
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

# What Swift needs of Debian to compile and link, and what the tests use as clients and as oracle.
BUILD_PACKAGES := binutils g++ git libc6-dev
TEST_PACKAGES := libhiredis-dev pkg-config python3-venv redis-server redis-tools

SWIFT_BUILD := swift build --static-swift-stdlib
APUS := .build/release/apus
ARGUMENTS ?=

.PHONY: run build test sanitize bench format check clean toolchain test-packages

run: build
	exec $(APUS) server $(ARGUMENTS)

build: toolchain
	$(SWIFT_BUILD) -c release --product apus

test: build test-packages
	swift build --build-tests
	swift test --skip-build --skip 'ProcessTests|DifferentialTests'
	swift test --skip-build --no-parallel --filter 'ProcessTests|DifferentialTests'
	Tests/clients/run

# The threads beside the node's, under the thread sanitizer.
sanitize: toolchain
	swift build --build-tests --sanitize=thread --scratch-path .build/sanitize
	swift test --skip-build --sanitize=thread --scratch-path .build/sanitize --filter ServerTests

bench: build test-packages
	$(SWIFT_BUILD) -c release --product apus-bench
	.build/release/apus-bench $(ARGUMENTS)

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
	@scripts/require $(TEST_PACKAGES)
