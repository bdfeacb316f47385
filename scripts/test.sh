#!/bin/sh
# Runs every test; the tests that need PostgreSQL start a private server of their own.
set -eu
cd "$(dirname "$0")/.."

# The second verifier of the access log is in Python.
scripts/install-dependencies.sh python
scripts/python-tools.sh .venv scripts/requirements.txt

# Documentation tests first, so that the last line a reader sees is the verdict on all the others.
if grep -rqE '^ *//[/!] ```' src; then cargo test --locked --doc --quiet; fi

# One process: the tests share one private PostgreSQL. Much of their time they wait for it, so more of them run at once
# than there are cores.
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$((2 * $(nproc)))}"
cargo test --locked --lib --bins --tests "$@"
