# Suisha's everyday commands. `make` alone lists them.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

# The speech library is built into the project folder; pkg-config tells the compiler where.
export PKG_CONFIG_PATH := $(CURDIR)/.build-speech/lib/pkgconfig$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))

# Tests wait for programs and servers; more of them at once than this starve each other on a small machine.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 4

# How long `make soak` goes on, in seconds.
SOAK ?= 600

# How often `make bench-queue` runs each queue; its table holds medians.
RUNS ?= 3

SOURCES := Package.swift Sources Tests
VERSION := $(shell git describe --tags --always 2>/dev/null || echo unversioned)

.PHONY: help setup build demo test console soak lint format bench bench-queue bench-web bench-live doctor docs \
	release image clean

help: ## list these commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  make demo INPUT=my.mp3 OUTPUT=folder    turn your own recording into a video"

setup: ## install what building and running needs (Debian packages, speech model)
	@scripts/setup

build: setup ## build suisha and its speech helper
	swift build --product suisha
	swift build --product suisha-transcribe

demo: ## turn a recording into a video: INPUT= a file (the sample), OUTPUT= a folder (then the server stops)
	@scripts/demo "$(INPUT)" "$(OUTPUT)"

test: ## run every test, with PostgreSQL, Redis and S3 servers of its own on loopback
	@scripts/setup --tests
	swift build --build-tests
	scripts/with-postgres scripts/with-redis scripts/with-s3 swift test --skip-build --disable-xctest $(if $(FILTER),--filter "$(FILTER)")

console: ## walk through every screen of the console in a browser; screenshots stay in .build-tools/console
	@scripts/setup --tests
	scripts/check-console

soak: ## random things to the job store on every driver for SOAK= seconds (600), and its cases with 100,000 jobs
	@scripts/setup --tests
	swift build --build-tests
	TEST_SOAK_SECONDS=$(SOAK) scripts/with-postgres scripts/with-redis \
		swift test --skip-build --disable-xctest --filter 'RandomTests|ResumePropertyTests'
	TEST_JOBS=100000 scripts/with-postgres scripts/with-redis \
		swift test --skip-build --disable-xctest --filter JobStoreTests

lint: ## check the format of the code and the order of the layers
	swift format lint --strict --recursive --parallel $(SOURCES)
	scripts/check-layers

format: ## put the code into its format
	swift format format --in-place --parallel --recursive $(SOURCES)

bench: setup ## measure the promises of docs/benchmarks.md
	scripts/bench

bench-queue: ## measure the queue beside other queues, after `make release`; RUNS= runs of each (3)
	Benchmarks/peers/run --bars --runs $(RUNS) --patience 60 --json .build-tools/bench-queue.json \
		--markdown .build-tools/bench-queue.md

bench-live: ## measure live delivery beside nginx with nchan; RUNS= runs of each (3)
	Benchmarks/live/run --runs $(RUNS) --patience 60 --json .build-tools/bench-live.json \
		--markdown .build-tools/bench-live.md

bench-web: ## measure access checks, and reads beside a bare server, after `make release`; RUNS= runs of each (3)
	Benchmarks/web/run --runs $(RUNS) --json .build-tools/bench-web.json --markdown .build-tools/bench-web.md

doctor: build ## check this machine and say how to mend what is missing
	swift run --skip-build suisha doctor

docs: build ## write docs/configuration.md, docs/openapi.json and the end of docs/live.md from the declarations
	swift run --skip-build suisha config --markdown > docs/configuration.md.new
	mv docs/configuration.md.new docs/configuration.md
	swift run --skip-build suisha openapi --since docs/openapi.json --declared docs/api-changes.md > docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json
	sed '/^## Messages$$/,$$d' docs/live.md > docs/live.md.new
	swift run --skip-build suisha openapi --messages >> docs/live.md.new
	mv docs/live.md.new docs/live.md

release: setup ## build an optimised suisha into .build-release/
	scripts/release "$(VERSION)"

image: ## build a container image with podman or docker
	$(firstword $(shell command -v podman docker) podman) build --file Containerfile --tag suisha:$(VERSION) .

clean: ## remove what was built here; data folders stay
	rm -rf .build .build-release .build-speech .build-tools
