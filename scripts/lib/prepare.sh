# Sourced by start and test: installs and builds only when something changed, and finds the Node to run.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"

need() { # command, what to do
  command -v "$1" >/dev/null 2>&1 || { echo "steward: $1 is missing: $2" >&2; exit 69; }
}

check_host() {
  need node "install Node.js 20.19 or newer"
  need npm "install npm, it comes with Node.js"
  need python3 "install Python 3.9 or newer (apt-get install python3)"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    { echo "steward: Node.js $(node -v) is too old: 20.19 or newer is needed" >&2; exit 69; }
}

# One hash over names and contents.
hash_of() { find "$@" -type f ! -path '*/dist/*' ! -name '*.pyc' ! -name '*.spec.ts' ! -name '*.room-spec.ts' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1; }

install_packages() {
  local stamp=node_modules/.steward-stamp now
  now=$(hash_of package.json package-lock.json)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ] && return
  echo "Installing packages …"
  npm ci --no-audit --no-fund --loglevel=error
  echo "$now" >"$stamp"
}

build() {
  local stamp=dist/.steward-stamp now
  now=$(hash_of package-lock.json tsconfig.json nest-cli.json apps libs test/messages-api scripts/generate)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ] && return
  echo "Building …"
  rm -rf dist
  npm run --silent build
  echo "$now" >"$stamp"
}

# Node 24 from the packages; the machine's own where that cannot run.
find_node() {
  NODE=node_modules/.bin/node
  "$NODE" -e '' 2>/dev/null || NODE=$(command -v node)
  NODE=$(realpath "$NODE")
}
