#!/bin/sh
# Installs the checkers that only crates.io has, into cargo's own folder; built once, so the first time takes minutes.
#
#   scripts/install-cargo-tools.sh        those of `make check`
#   scripts/install-cargo-tools.sh fuzz   the one of `make fuzz`
set -eu

# Checkers that run for a second need no costly optimisation.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1

ensure() {
    if cargo "$1" --version >/dev/null 2>&1; then return 0; fi
    echo "kinstead: building cargo-$1 $2 (once)" >&2
    cargo install --quiet --locked --version "$2" "cargo-$1"
}

if [ "${1:-}" = fuzz ]; then
    ensure fuzz 0.13.2
else
    ensure deny 0.20.2
    ensure machete 0.9.2
fi
