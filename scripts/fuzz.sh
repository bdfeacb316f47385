#!/bin/sh
# Tries the verifier of the access log with random files: fuzz.sh [SECONDS]. The first time builds Kinstead anew, for some minutes.
set -eu
cd "$(dirname "$0")/.."

seconds=${1:-60}
scripts/install-dependencies.sh fuzz
scripts/install-cargo-tools.sh fuzz

# Coverage needs flags that a stable compiler only takes like this; no sanitizer, as there is no unsafe code.
export RUSTC_BOOTSTRAP=1
cargo fuzz run --fuzz-dir fuzz --sanitizer none extract -- \
    -max_total_time="$seconds" -max_len=65536 -len_control=0 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
