#!/bin/sh
# Makes or refreshes a Python environment: python-tools.sh FOLDER REQUIREMENTS; silent when it is up to date.
set -eu

folder=$1
requirements=$2

if cmp -s "$requirements" "$folder/installed.txt"; then exit 0; fi
echo "kinstead: installing $requirements into $folder" >&2
rm -rf "$folder"
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --no-input -r "$requirements"
cp "$requirements" "$folder/installed.txt"
