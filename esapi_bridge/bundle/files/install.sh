#!/bin/sh
# Makes an environment with esapi-bridge from the packages beside this file; no network is used.
# sh install.sh [FOLDER]                      FOLDER: what to make, default "env" beside this file
# PYTHON=/path/to/python sh install.sh ...    another interpreter than python@PYTHON@
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/env}
python=${PYTHON:-python@PYTHON@}
set -- --no-index --find-links "$here/wheels" --require-hashes --requirement "$here/requirements-manylinux_2_28_x86_64.txt"
if command -v uv >/dev/null; then
    uv --no-config venv --offline --no-python-downloads --python "$python" "$folder"
    uv --no-config pip install --offline --python "$folder/bin/python" "$@"
else
    "$python" -m venv "$folder"
    "$folder/bin/python" -m pip --isolated --disable-pip-version-check install "$@"
fi
"$folder/bin/esapi-bridge" doctor
echo "installed; start it as $folder/bin/esapi-bridge"
