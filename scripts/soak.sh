#!/bin/sh
# The tests that take their time, at length: soak.sh [KILLS]. Kills service and database under load, two or three seconds
# a kill; has the feed told 100 000 events under writers that are cut off, and 1 000 children move between two regions.
set -eu
cd "$(dirname "$0")/.."

export KINSTEAD_SOAK_KILLS="${1:-30}"
cargo test --locked --test kinstead crash:: -- --nocapture

export KINSTEAD_SOAK_EVENTS=100000 KINSTEAD_SOAK_HELD=60 KINSTEAD_SOAK_CHILDREN=1000
cargo test --locked --test kinstead -- feed::harness feed::moves --nocapture --test-threads 1
