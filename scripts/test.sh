#!/bin/sh
# Runs every test; the tests that need PostgreSQL start a private server of their own.
set -eu
cd "$(dirname "$0")/.."

# Documentation tests first, so that the last line a reader sees is the verdict on all the others.
if grep -rqE '^ *//[/!] ```' src; then cargo test --locked --doc --quiet; fi

if [ "${KINSTEAD_TEST_RUNNER:-nextest}" = nextest ] && cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked "$@"
else
    cargo test --locked --lib --bins --tests "$@"
fi
