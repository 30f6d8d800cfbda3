#!/bin/sh
# Create .venv with Python 3.12 or newer and install the package into it in editable mode.
#   scripts/setup.sh        what users need
#   scripts/setup.sh dev    and what the tests need
#   scripts/setup.sh docs   and what the site needs
# PYTHON=/path/to/python chooses the interpreter.
set -eu
cd "$(dirname "$0")/.."
extra=${1:-}

# Run it: a version manager's python3.12 may exist and yet fail.
usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

# uv lists interpreters that are not on the path and can download one.
uv_python() {
    uv=$(command -v uv) || {
        python3 -m venv "$scratch" && "$scratch/bin/python" -m pip install --quiet uv || return 1
        uv=$scratch/bin/uv
    }
    "$uv" python find --system '>=3.12' || {
        UV_HTTP_TIMEOUT=60 UV_HTTP_RETRIES=1 "$uv" python install 3.12 &&
            "$uv" python find --system '>=3.12'
    }
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        if usable "$PYTHON"; then echo "$PYTHON"; fi
        return
    fi
    for python in python3.12 python3.13 python3.14 python3 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
        if usable "$python"; then echo "$python"; return; fi
    done
    scratch=$(mktemp -d)
    python=$(uv_python 2>/dev/null) || python=
    rm -rf "$scratch"
    if [ -n "$python" ] && usable "$python"; then echo "$python"; fi
}

if ! usable .venv/bin/python; then
    python=$(find_python)
    if [ -z "$python" ]; then
        echo "bayes-ddm needs Python 3.12 or newer with its venv module: install one, or name one with 'make PYTHON=/path/to/python3.12 ...'" >&2
        exit 1
    fi
    echo "Creating .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi

echo "Installing into .venv (a few minutes the first time)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
    -c constraints.txt -e ".${extra:+[$extra]}"
touch .venv/.installed ${extra:+".venv/.installed-$extra"}
