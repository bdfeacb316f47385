#!/usr/bin/env bash
# Checks the API contract: the documents by themselves, against the released one, and against a running demo.
#
#   contract/run.sh          everything
#   contract/run.sh static   only what needs no running demo
#   contract/run.sh diff     only the comparison with the released contract
#
# KINSTEAD_BIN              a kinstead to try (otherwise the dev profile's, built first)
# KINSTEAD_COUNTRY          how large a country to try it on (--children 300 --years 5)
# KINSTEAD_PERSONA_SECONDS  how long Schemathesis may take for each of three personas (55)
# shellcheck disable=SC2329 # functions that check() calls by name
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
full=$root/openapi/openapi.json
sdk=$root/openapi/openapi.sdk.json
released=$root/openapi/released/openapi.json
bin=$here/node_modules/.bin
venv=$here/.venv/bin
reports=$here/reports
# A program compiled for debugging writes the usual country in minutes; a small one shows the same.
read -ra country <<<"${KINSTEAD_COUNTRY:---children 300 --years 5}"
seconds_each=${KINSTEAD_PERSONA_SECONDS:-55}
personas=(national_authority case_worker ngo)

export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true CI=${CI:-true}
export PYTHONDONTWRITEBYTECODE=1

passed=0
failed=0

# Runs one check, says how it went, and goes on: one run shows every fault.
check() {
    local name=$1 begun=$SECONDS
    shift
    printf '\n-- %s\n' "$name"
    if "$@"; then
        passed=$((passed + 1))
        printf 'ok: %s (%d s)\n' "$name" "$((SECONDS - begun))"
    else
        failed=$((failed + 1))
        printf 'FAILED: %s (%d s)\n' "$name" "$((SECONDS - begun))"
    fi
}

finish() {
    printf '\ncontract: %d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ]
    exit
}

node_tools() {
    if cmp -s "$here/package-lock.json" "$here/node_modules/.installed"; then return; fi
    (cd "$here" && npm ci --silent --no-audit --no-fund)
    cp "$here/package-lock.json" "$here/node_modules/.installed"
}

python_tools() { "$root/scripts/python-tools.sh" "$here/.venv" "$here/requirements.txt"; }

# --- the documents -------------------------------------------------------------------------------

# Without the framed notice of Redocly on every call that Node.js could be newer.
redocly() { "$bin/redocly" "$@" --config "$here/redocly.yaml" 2> >(grep -v '[╔║╚]' >&2); }

diff_released() {
    if [ ! -e "$released" ]; then
        echo "There is no released contract: \`make release-contract\` makes it." >&2
        return 1
    fi
    redocly diff --fail-on major --check-version "$released" "$full"
}

documents() {
    check "spectral: openapi.json" "$bin/spectral" lint --ruleset "$here/spectral.yaml" --fail-severity warn "$full"
    check "spectral: openapi.sdk.json" "$bin/spectral" lint --ruleset "$here/spectral.yaml" --fail-severity warn "$sdk"
    check "redocly lint" redocly lint "$full" "$sdk"
    check "redocly diff with the released contract" diff_released
    check "openapi-spec-validator" "$venv/openapi-spec-validator" "$full" "$sdk"
}

# --- the clients ---------------------------------------------------------------------------------

typescript_client() {
    # In its own folder, or it would read the redocly.yaml of a newer Redocly.
    cp "$root/examples/true_copy.ts" "$here/typescript/" # beside the packages that it needs
    (cd "$here/typescript" && "$bin/openapi-typescript" "$sdk" --output schema.d.ts) &&
        "$bin/tsc" --project "$here/typescript"
}

python_client() {
    "$venv/openapi-python-client" generate --path "$sdk" --config "$here/python/config.yml" \
        --meta none --output-path "$here/python/kinstead_client" --overwrite --fail-on-warning &&
        "$venv/python" -c "import sys; sys.path.insert(0, '$here/python'); import walk; print('modules that load:', walk.import_everything())"
}

generated_clients() {
    check "TypeScript client: generated and compiled" typescript_client
    check "Python client: generated and loaded" python_client
}

# --- the demo ------------------------------------------------------------------------------------

demo_pid=
work=

stop_demo() {
    if [ -n "$demo_pid" ] && kill -0 "$demo_pid" 2>/dev/null; then
        kill -TERM "$demo_pid" 2>/dev/null || true
        for _ in $(seq 150); do
            kill -0 "$demo_pid" 2>/dev/null || break
            sleep 0.2
        done
        kill -KILL "$demo_pid" 2>/dev/null || true
    fi
    demo_pid=
    if [ -n "$work" ]; then rm -rf "$work"; fi
    work=
}
trap stop_demo EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_demo() {
    local kinstead=${KINSTEAD_BIN:-}
    if [ -z "$kinstead" ]; then
        (cd "$root" && cargo build --locked --quiet --bin kinstead) || return 1
        kinstead=${CARGO_TARGET_DIR:-$root/target}/debug/kinstead
    fi
    work=$(mktemp -d)
    # The database may run as another user than this script: it must be able to reach its folder.
    chmod 711 "$work"
    KINSTEAD_WEBHOOK_LOOPBACK=true "$kinstead" demo "${country[@]}" --port 0 --data "$work/demo" \
        >"$reports/demo.out" 2>"$reports/demo.err" </dev/null &
    demo_pid=$!
    for _ in $(seq 1500); do
        if grep -qx ready "$reports/demo.out"; then return 0; fi
        if ! kill -0 "$demo_pid" 2>/dev/null; then break; fi
        sleep 0.2
    done
    echo "The demo did not say 'ready' within five minutes, or ended; its last words:" >&2
    tail -n 20 "$reports/demo.out" "$reports/demo.err" >&2
    return 1
}

of_demo() { "$venv/python" -c 'import functools, json, sys; print(functools.reduce(lambda d, k: d[k], sys.argv[2:], json.load(open(sys.argv[1]))))' "$work/demo/demo.json" "$@"; }

typescript_walk() { KINSTEAD_DEMO=$work/demo/demo.json node "$here/typescript/build/walk.js"; }
python_walk() { KINSTEAD_DEMO=$work/demo/demo.json "$venv/python" "$here/python/walk.py"; }
true_copy() { KINSTEAD_DEMO=$work/demo/demo.json node "$here/true_copy.mjs"; }
webhooks() { KINSTEAD_DEMO=$work/demo/demo.json node "$here/webhooks.mjs"; }

schemathesis_as() {
    local persona=$1 token base
    token=$(of_demo personas "$persona" token) && base=$(of_demo base_url) || return 1
    # The time is a budget for generated cases; `timeout` ends a run that would not end by itself.
    (cd "$reports" && KINSTEAD_TOKEN=$token SCHEMATHESIS_HOOKS=$here/hooks.py \
        timeout --signal=INT --kill-after=20 "$((seconds_each * 2 + 60))" \
        "$venv/schemathesis" --config-file "$here/schemathesis.toml" run "$full" --url "$base" \
        --phases examples,coverage,fuzzing,stateful --checks all --max-time "$seconds_each" \
        --report junit --report-junit-path "$reports/schemathesis-$persona.xml" --no-color)
}

against_demo() {
    local before=$failed persona
    check "the demo starts" start_demo
    if [ "$failed" -gt "$before" ]; then return; fi
    check "TypeScript client: the walk" typescript_walk
    check "Python client: the walk" python_walk
    check "webhooks: standardwebhooks of npm" webhooks
    check "the example in TypeScript keeps a true copy" true_copy
    for persona in "${personas[@]}"; do
        check "schemathesis as $persona" schemathesis_as "$persona"
    done
    check "the demo is still up" kill -0 "$demo_pid"
}

# --- which of them -------------------------------------------------------------------------------

mkdir -p "$reports"
node_tools
case "${1:-all}" in
    diff)
        check "redocly diff with the released contract" diff_released
        ;;
    static)
        python_tools
        documents
        generated_clients
        ;;
    all)
        python_tools
        documents
        generated_clients
        against_demo
        ;;
    *)
        echo "unknown part '$1': all, static or diff" >&2
        exit 2
        ;;
esac
finish
