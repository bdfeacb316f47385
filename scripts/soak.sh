#!/bin/sh
# Kills service and database under load, more often than the tests do: soak.sh [KILLS]. Two or three seconds a kill.
set -eu
cd "$(dirname "$0")/.."

export KINSTEAD_SOAK_KILLS="${1:-30}"
cargo test --locked --test kinstead crash:: -- --nocapture
