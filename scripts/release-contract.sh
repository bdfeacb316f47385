#!/bin/sh
# Makes the present contract the released one, which later contracts are compared with; refuses a change without a new version.
set -eu
cd "$(dirname "$0")/.."

present=openapi/openapi.json
released=openapi/released/openapi.json

if [ -e "$released" ]; then
    if cmp -s "$present" "$released"; then
        echo "The released contract is the present one already."
        exit 0
    fi
    contract/run.sh diff
fi
mkdir -p "${released%/*}"
cp "$present" "$released"
echo "Released: $released. Commit it together with a line in CHANGELOG.md."
