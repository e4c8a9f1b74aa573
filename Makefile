# SPDX-License-Identifier: BSL-1.0
# Front door of the repository: `make help` lists what there is; the work is in tools/.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PREFIX ?= /usr/local
PRESETS ?=
PORTS ?=
JOBS ?= $(shell nproc)
export JOBS

.PHONY: help deps demo test test-long test-ports verify bench bench-quick format docs install clean check

help: ## this list
	@echo "holdfast: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "Variables: JOBS=N (now $(JOBS)), PREFIX=DIR for install (now $(PREFIX)), PRESETS=\"dev tsan\" for test, PORTS=\"aarch64 i686\" for test-ports"

deps: ## install every Debian package that is missing
	@tools/deps.sh all

demo: ## build the command and run the main job: holdfast demo, holdfast demo words
	@tools/demo.sh

test: ## build and run all test configurations and the checks (PRESETS=... for some)
	@tools/test.sh $(PRESETS)

test-long: ## the same, with 20 times the iterations
	@HOLDFAST_TEST_SCALE=20 tools/test.sh $(PRESETS)

test-ports: ## build and run the tests for other systems, CPUs and build variants (PORTS=... for some)
	@tools/test_ports.sh $(PORTS)

verify: ## explore every primitive and every mutant with the model checker
	@tools/verify.sh

bench: ## build and run the benchmarks, about 25 minutes; ends with a report to read
	@tools/bench.sh

bench-quick: ## the same in about 2 minutes: to see that it runs, not to quote
	@tools/bench.sh --quick

check: ## layers, architecture, documents, style, formatting, clang-tidy
	@tools/test.sh checks

format: ## format all sources in place
	@tools/deps.sh test
	@tools/format.sh

docs: ## check the documents: links, paths, quotes, the map
	@tools/check_docs.py
	@tools/check_architecture.py

install: ## build the release library and command, install them below PREFIX (DESTDIR is honoured)
	@tools/install.sh "$(PREFIX)"

clean: ## remove everything that was built
	rm -rf build
