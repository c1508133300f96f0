# Makes the virtual environment .venv of this checkout; sourced by notebooks/open and tests/run.

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_debian_packages() {
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

find_python() {
  local name
  for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  echo "ctl-jupyter needs Python 3.11 or newer; PYTHON=/path/to/python names another one." >&2
  return 1
}

# make_environment EXTRAS: a .venv with this checkout (editable) and its extras.
make_environment() {
  local python
  python=$(find_python)
  if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    # Debian's Python comes without venv.
    if ! "$python" -c 'import ensurepip' 2>/dev/null && command -v apt-get >/dev/null; then
      install_debian_packages python3-venv
    fi
    "$python" -m venv --clear .venv
  fi
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$1]"
}
