# From a fresh Debian machine with Node >= 20, npm and make: `make demo` and `make test` do everything.

# npm puts a Node that is new enough there; on machines it has none for, their own must be.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# Other than the default: make then looks for programs along the PATH above.
SHELL := /bin/bash

# Images, labs and caches of demo and tests: the user's own are never touched.
export NESTLAB_HOME ?= $(CURDIR)/.cache/home

installed := node_modules/.package-lock.json
built := dist/main.js
declared := $(shell sed -e 's/[[:space:]]*\#.*//' -e '/^$$/d' packages.apt)
packages := $(filter-out bench:%,$(declared))
bench: packages += $(patsubst bench:%,%,$(filter bench:%,$(declared)))

.PHONY: help setup packages build images demo test test-all bench check clean

help:
	@echo 'make demo    build the images, bring a nested lab up, ping through it, take it down'
	@echo 'make test    every test, with real nested machines'
	@echo 'make test-all the same, with every case of the long tables on real machines, too (an hour)'
	@echo 'make bench   the ratios of docs/benchmarks.md on this machine (as root; half an hour)'
	@echo 'make check   format, lint, types, tests, generated files'
	@echo 'make build   bundle the program into dist/'
	@echo 'make images  build the machine images'
	@echo 'make setup   Debian and npm packages (everything above does this first)'
	@echo 'make clean   remove what was built'

setup: packages $(installed)

# Asks for root only when something is missing.
packages:
	@missing=$$(for one in $(packages); do dpkg-query -W -f='$${Status}' $$one 2>/dev/null | grep -q 'ok installed' || echo $$one; done); \
	if [ -n "$$missing" ]; then \
	  echo "installing:" $$missing; \
	  run=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$run apt-get update -q && $$run env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing; \
	fi

$(installed): package-lock.json package.json
	npm ci --ignore-scripts
	@node -e 'if (+process.versions.node.split(".")[0] < 24) { console.error("Node 24 is needed, and npm has none for this machine: install it."); process.exit(1) }'
	@touch $@

build: setup $(built)

$(built): $(installed) tools/build.ts package.json $(shell find src -type f -not -name '*.test.ts')
	node tools/build.ts

images: build
	bin/nestlab image build

demo: images
	tools/demo.sh

# Three files at once: those with several real machines wait for each other (test/real/alone.ts), each by itself.
# What Node compiled is kept for the next file that loads it: half of what loading costs, in hundreds of processes.
test: export NODE_COMPILE_CACHE ?= $(CURDIR)/.cache/compiled
test: build
	node --test --test-concurrency=3 --test-timeout=900000 'src/**/*.test.ts' 'test/**/*.test.ts'

# What `make test` takes samples of where each case costs real machines many seconds.
test-all: export NESTLAB_ALL_CASES = 1
test-all: test

bench: images
	node bench/up.ts
	node bench/switch.ts
	node bench/switch-integrity.ts
	node bench/switch-memory.ts 11
	node bench/guests-tcp.ts
	node bench/trace.ts
	node bench/check.ts
	node bench/clone.ts 3 60 1 5 10 20

check: build
	node tools/check.ts

clean:
	rm -rf dist .cache
