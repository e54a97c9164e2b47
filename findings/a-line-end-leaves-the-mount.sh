#!/usr/bin/env bash
# Guess: an application that is mounted at `/api` is given every request whose path begins with `/api/`, so what stands around it
#   (a sign-in, its own form of errors) stands around all of them.
# What happens: a path with a line end (`%0A`) is not given to it. The mount's pattern ends with `.*`, and a dot is no line end. The
#   request goes on to the routes behind the mount, and ends as their 404, or in one of them: a parameter `{name}` is `[^/]+`, which
#   does take a line end. One at the very end is given to it, with a wrong `root_path`.
# Versions: Starlette 1.10.0.
# Why here: the HTTP interface is mounted, and answers with problem details. A path with a line end was answered with a page. The door
#   that asks for a sign-in looks at the path, not at the route, so nothing was open; `infra/web/app.py` now does the same for errors.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet starlette==1.10.0 httpx==0.28.1
"$folder/venv/bin/python" - <<'PY'
import asyncio
import sys

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route


async def mounted(scope, receive, send):
    await PlainTextResponse(f"mounted at {scope['root_path']!r}")(scope, receive, send)


async def outside(_request):
    return PlainTextResponse("outside")


app = Starlette(routes=[Mount("/api", mounted), Route("/api/{name}", outside)])


async def ask(path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        return (await client.get(path)).text


answers = {path: asyncio.run(ask(path)) for path in ("/api/a", "/api/a/b", "/api/a%0Ab", "/api/a/b%0A")}
for path, answer in answers.items():
    print(f"{path:12} {answer}")
at = "mounted at '/api'"
expected = {"/api/a": at, "/api/a/b": at, "/api/a%0Ab": "outside", "/api/a/b%0A": "mounted at '/api/'"}
sys.exit(0 if answers == expected else "the behaviour has changed")
PY
