SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.PHONY: help demo test extra

# State that a gateway drops silently after 6 s without a packet: five of nine connections are cut.
demo_words := analyze fixtures/captures/silent-drop-client.pcap --hop gateway=6s --min-gap 1s

help:
	@echo 'make demo   build, and analyse a recorded capture'
	echo 'make test   all checks'
	echo 'make extra  checks that take longer: captures compared with tshark (further folders: CAPTURES=FOLDER)'

# What --version names.
demo extra: export IDLESCOPE_COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null)

# Exit code 1 says that something was found, as there should be.
demo:
	@.ci/packages build
	if [[ ! -x $${CARGO_TARGET_DIR:-target}/release/idlescope ]]; then
	    echo 'Building; the first time this takes a few minutes' >&2
	fi
	cargo build --release --locked --quiet --bin idlescope
	echo '$$ idlescope $(demo_words)'
	status=0
	cargo run --release --locked --quiet --bin idlescope -- $(demo_words) || status=$$?
	((status == 1 || status == 0)) || exit $$status
	echo
	echo 'A capture of your own: cargo run --release -- analyze FILE (without --hop: all known limits are tried)'

test:
	@.ci/test

# Folders of captures to compare beside our own.
CAPTURES ?=

extra:
	@.ci/packages test
	cargo build --release --locked --quiet --bin idlescope
	python3 fixtures/compare/compare.py fixtures/captures fixtures/stories $(CAPTURES)
