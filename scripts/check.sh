#!/bin/sh
# Everything that is judged without running Kinstead: layout, lints, licences, spelling, shell scripts, the Dockerfile.
set -eu
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*" >&2; }

step "layout (cargo fmt)"
cargo fmt --all -- --check

step "lints (cargo clippy)"
cargo clippy --locked --all-targets --quiet -- -D warnings

step "licences, bans, sources, unused dependencies (cargo deny, cargo machete)"
scripts/install-cargo-tools.sh
cargo deny --log-level error check licenses bans sources
cargo machete

step "spelling, scripts, Dockerfile (typos, shellcheck, hadolint)"
scripts/install-dependencies.sh python
scripts/python-tools.sh .venv scripts/requirements.txt
.venv/bin/typos
.venv/bin/shellcheck .ci/run scripts/*.sh contract/*.sh deploy/*.sh
.venv/bin/hadolint Dockerfile

step "all checks passed"
