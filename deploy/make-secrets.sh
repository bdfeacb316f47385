#!/bin/sh
# Makes the files in secrets/ that compose.yaml reads, with random passwords; leaves those that are there alone.
set -eu
cd "$(dirname "$0")/../secrets"
umask 077

random() { LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | dd bs=1 count=40 2>/dev/null; }

present=
for file in database.env migrate.env service.env; do
    if [ -e "$file" ]; then present="$present $file"; fi
done
if [ -n "$present" ]; then
    echo "secrets/ has$present already: passwords are left as they are."
else
    admin=$(random) owner=$(random) service=$(random) keeper=$(random)
    master=$(head -c 32 /dev/urandom | base64)
    for file in database.env migrate.env service.env; do
        sed -e "s/ADMIN_PASSWORD_HERE/$admin/" -e "s/OWNER_PASSWORD_HERE/$owner/" -e "s/SERVICE_PASSWORD_HERE/$service/" \
            -e "s/KEEPER_PASSWORD_HERE/$keeper/" -e "s|MASTER_KEY_HERE|$master|" \
            "example/$file" >"$file"
    done
    echo "Made secrets/database.env, migrate.env and service.env with random passwords."
fi

if [ -e token_key.pem ]; then
    echo "secrets/token_key.pem is left as it is."
elif command -v openssl >/dev/null 2>&1; then
    openssl genpkey -algorithm ed25519 -out token_private_key.pem
    openssl pkey -in token_private_key.pem -pubout -out token_key.pem
    # The service runs as another user inside its container, and a public key is no secret.
    chmod 644 token_key.pem
    echo "Made a key pair for tokens: give token_private_key.pem to the issuer and remove it here,"
    echo "or put your issuer's public key (PEM) in place of token_key.pem."
else
    echo "Put the public key (PEM) of your token issuer into secrets/token_key.pem."
fi
