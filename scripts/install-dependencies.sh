#!/bin/sh
# Installs what Kinstead needs and this machine lacks, with the system's own package manager; silent when nothing is missing.
#
#   scripts/install-dependencies.sh            to build and run: PostgreSQL's programs, a C compiler, OpenSSL's headers
#   scripts/install-dependencies.sh python     to check and test too: Python with venv
#   scripts/install-dependencies.sh contract   to check the contract too: Node.js with npm, Python with venv
#   scripts/install-dependencies.sh fuzz       to fuzz too: a C++ compiler
set -eu

MIN_POSTGRES=15
MIN_NODE=20

say() { printf '%s\n' "kinstead: $*" >&2; }
die() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Where distributions keep the programs of the server, outside PATH as a rule.
postgres_folders() {
    if has initdb; then
        dirname "$(readlink -f "$(command -v initdb)" 2>/dev/null || command -v initdb)"
    fi
    ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql*[0-9] /usr/lib/postgresql[0-9]*/bin \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin 2>/dev/null || true
}

# Prints the major version of the server in folder $1, nothing when none is there.
postgres_major() {
    if [ -x "$1/initdb" ] && [ -x "$1/postgres" ]; then
        "$1/initdb" --version | sed -n 's/.* \([0-9][0-9]*\)[.a-z].*/\1/p'
    fi
}

# True when the server of version $2 in folder $1 has the extensions of contrib.
has_contrib() {
    for share in "/usr/share/postgresql/$2" "/usr/share/postgresql$2" "$1/../share" "$1/../share/postgresql" \
        "$1/../share/postgresql@$2" /usr/share/postgresql /usr/share/pgsql; do
        if [ -e "$share/extension/btree_gist.control" ]; then return 0; fi
    done
    return 1
}

has_postgres() {
    for folder in $(postgres_folders); do
        major=$(postgres_major "$folder")
        if [ "${major:-0}" -ge "$MIN_POSTGRES" ] && has_contrib "$folder" "$major"; then return 0; fi
    done
    return 1
}

has_openssl() {
    if has brew && [ -d "$(brew --prefix)/opt/openssl@3/include" ]; then return 0; fi
    has openssl || return 1
    if has pkg-config; then pkg-config --exists openssl; else return 1; fi
}

has_node() {
    has npm && has node && [ "$(node -p 'parseInt(process.versions.node)')" -ge "$MIN_NODE" ]
}

# What is missing, in words of ours.
missing() {
    has_postgres || echo postgres
    { has cc || has gcc || has clang; } || echo compiler
    has make || echo make
    has_openssl || echo openssl
    case "${1:-}" in python | contract)
        python3 -c 'import ensurepip, venv' 2>/dev/null || echo python ;;
    esac
    if [ "${1:-}" = contract ]; then has_node || echo node; fi
    if [ "${1:-}" = fuzz ]; then { has c++ || has g++ || has clang++; } || echo cxx; fi
}

# The names that each package manager has for them.
packages() {
    for need in $2; do
        case "$1:$need" in
            apt:postgres) echo postgresql postgresql-contrib ;;
            apt:compiler) echo gcc libc6-dev ;;
            apt:openssl) echo pkg-config libssl-dev openssl ;;
            apt:cxx) echo g++ ;;
            apt:node) echo nodejs npm ;;
            apt:python) echo python3 python3-venv ;;
            dnf:postgres) echo postgresql-server postgresql-contrib ;;
            dnf:compiler) echo gcc ;;
            dnf:openssl) echo pkgconf-pkg-config openssl-devel openssl ;;
            dnf:cxx) echo gcc-c++ ;;
            dnf:node) echo nodejs npm ;;
            dnf:python) echo python3 ;;
            pacman:postgres) echo postgresql ;;
            pacman:compiler) echo gcc ;;
            pacman:openssl) echo pkgconf openssl ;;
            pacman:cxx) echo gcc ;;
            pacman:node) echo nodejs npm ;;
            pacman:python) echo python ;;
            apk:postgres) echo postgresql postgresql-contrib ;;
            apk:compiler) echo gcc musl-dev ;;
            apk:openssl) echo pkgconf openssl-dev openssl ;;
            apk:cxx) echo g++ ;;
            apk:node) echo nodejs npm ;;
            apk:python) echo python3 ;;
            brew:postgres) echo postgresql@17 ;;
            brew:compiler) echo gcc ;;
            brew:openssl) echo pkgconf openssl@3 ;;
            brew:cxx) echo gcc ;;
            brew:node) echo node ;;
            brew:python) echo python3 ;;
            *:make) echo make ;;
        esac
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        die "root is needed for '$*', and there is no sudo: run this script as root"
    fi
}

# Kinstead starts a private server of its own: Debian's package must not start one beside it.
no_main_cluster() {
    case " $1 " in *" postgres "*) ;; *) return 0 ;; esac
    file=/etc/postgresql-common/createcluster.conf
    if [ -e "$file" ] || [ -d /etc/postgresql ]; then return 0; fi
    say "telling the PostgreSQL package to start no server of its own ($file)"
    as_root mkdir -p "${file%/*}"
    echo 'create_main_cluster = false' | as_root tee "$file" >/dev/null
}

# The output of package managers goes to standard error: standard output stays with whoever called.
install() {
    if has apt-get; then
        # shellcheck disable=SC2046 # a list of words
        set -- "$1" $(packages apt "$1")
        needs=$1
        shift
        say "installing with apt-get: $*"
        no_main_cluster "$needs"
        as_root apt-get update -qq >&2
        as_root env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 \
            apt-get install -y -qq --no-install-recommends "$@" >&2
    elif has dnf; then
        # shellcheck disable=SC2046
        set -- $(packages dnf "$1")
        say "installing with dnf: $*"
        as_root dnf install -y -q "$@" >&2
    elif has pacman; then
        # shellcheck disable=SC2046
        set -- $(packages pacman "$1")
        say "installing with pacman: $*"
        as_root pacman -Sy --needed --noconfirm "$@" >&2
    elif has apk; then
        # shellcheck disable=SC2046
        set -- $(packages apk "$1")
        say "installing with apk: $*"
        as_root apk add --quiet "$@" >&2
    elif has brew; then
        # shellcheck disable=SC2046
        set -- $(packages brew "$1")
        say "installing with brew: $*"
        brew install --quiet "$@" >&2
    else
        die "found none of apt-get, dnf, pacman, apk and brew: please install $(in_words "$1") yourself"
    fi
}

in_words() {
    for need in $1; do
        case "$need" in
            postgres) echo "PostgreSQL $MIN_POSTGRES or newer with its contrib extensions" ;;
            compiler) echo "a C compiler" ;;
            cxx) echo "a C++ compiler" ;;
            openssl) echo "OpenSSL with its development files, and pkg-config" ;;
            node) echo "Node.js $MIN_NODE or newer with npm" ;;
            python) echo "Python 3 with venv" ;;
            *) echo "$need" ;;
        esac
    done | paste -s -d ';' - | sed 's/;/, /g'
}

case "${1:-}" in
    '' | python | contract | fuzz) ;;
    *) die "unknown argument '$1' (python, contract and fuzz are known)" ;;
esac

if ! has cargo; then
    die "cargo is missing: install Rust 1.89 or newer with rustup (https://rustup.rs) or from your system"
fi

needs=$(missing "${1:-}" | paste -s -d ' ' -)
if [ -z "$needs" ]; then exit 0; fi
install "$needs"

still=$(missing "${1:-}" | paste -s -d ' ' -)
if [ -n "$still" ]; then
    die "this system's packages did not bring $(in_words "$still"): please install it from its makers"
fi
say "done"
