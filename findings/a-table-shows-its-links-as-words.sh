#!/usr/bin/env bash
# Guess: a cell of a table artifact may hold Markdown, as it always could: `[page](https://...)` is a link on the flow run's page, and a Markdown
#   artifact or a link artifact may lead to any address, as `s3://bucket/key`.
# What happens: Prefect has two web interfaces in one server. The older one (/artifacts/...) makes a link of a cell's Markdown; the newer one,
#   which browsers without a saved choice get since 3.9, shows the cell's characters as they are, brackets and all. In Markdown, the newer
#   one keeps the words of an `s3:` link and drops its address, without a word.
# Versions: prefect 3.9.1, playwright 1.65.2 with a Chromium of the system (CHROMIUM=/path, or `chromium` in PATH).
# Why here: a batch's table led to the page of each document. After the upgrade an operator saw brackets, no link. So links are link artifacts and
#   Markdown with http(s) addresses, and a place in S3 is written as words.
set -euo pipefail
folder=$(mktemp -d)
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ]; then
    echo "Chromium is needed: CHROMIUM=/path/to/chromium bash $0" >&2
    exit 2
fi
cleanup() {
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
    [ -z "${server:-}" ] || wait "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet prefect==3.9.1 playwright==1.65.2
export PREFECT_HOME="$folder/home" PREFECT_SERVER_ANALYTICS_ENABLED=false DO_NOT_TRACK=1 PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW=ignore
port=$("${PYTHON:-python3}" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PREFECT_API_URL="http://127.0.0.1:$port/api"
"$folder/venv/bin/prefect" server start --host 127.0.0.1 --port "$port" >"$folder/server.log" 2>&1 &
server=$!
"$folder/venv/bin/python" - "$chromium" "$port" <<'PY'
import sys
import time
from importlib.metadata import version

import httpx

import prefect
from playwright.sync_api import sync_playwright
from prefect.artifacts import create_markdown_artifact, create_table_artifact

chromium, port = sys.argv[1:]
here = f"http://127.0.0.1:{port}"
for _ in range(240):
    try:
        if httpx.get(f"{here}/api/health", timeout=2).is_success:
            break
    except httpx.HTTPError:
        time.sleep(0.5)
table = create_table_artifact([{"document": "contract.pdf", "page": "[evidence](https://example.com/page.html)"}], key="night")
text = create_markdown_artifact("See [evidence](https://example.com/page.html) and [stored](s3://reports/page.html).", key="summary")


def shown(browser, path: str) -> dict[str, object]:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{here}{path}")
    page.get_by_text("evidence").first.wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    links = page.eval_on_selector_all("a", "links => links.map(link => link.getAttribute('href')).filter(href => /example.com|^s3:/.test(href))")
    words = page.inner_text("body")
    page.close()
    return {"links": sorted(set(links)), "brackets": "[evidence](" in words}


with sync_playwright() as started:
    browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    print("prefect", prefect.__version__, "playwright", version("playwright"), "Chromium", browser.version)
    found = {
        (interface, kind): shown(browser, f"{prefix}/artifacts/artifact/{artifact}")
        for interface, prefix in (("older", ""), ("newer", "/v2"))
        for kind, artifact in (("table", table), ("markdown", text))
    }
    browser.close()
for (interface, kind), what in found.items():
    print(interface, kind, what)
page, stored = "https://example.com/page.html", "s3://reports/page.html"
older = found["older", "table"]["links"] == [page] and not found["older", "table"]["brackets"]
newer = found["newer", "table"] == {"links": [], "brackets": True}
dropped = found["newer", "markdown"]["links"] == [page]
sys.exit(not (older and newer and dropped))
PY
