"""After everything that ran before on this stack: no secret and no word of a contract lies where it does not belong, and nothing listens to others."""

from __future__ import annotations

import json
import subprocess
import urllib.error
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from infra.stack.postgres import Login
from infra.stack.prefect_api import ask
from infra.stack.state import StackState
from tests.stack.whole.conftest import Product

FOR_SECRETS = {"stack.json", "secrets/prefect", "secrets/owner-url"}
FOR_WORDS = ("postgres/data/", "s3/objects/", "stdout")
"""Below these the contracts are kept; `*.jsonl` in the folder, and what commands print, are the results that tests asked for."""
TABLES_WITH_WORDS = {
    *("reading", "chunk", "footnote", "generation", "finding", "extraction", "coverage", "run"),
    *("review", "review_item", "error_entry"),
}
CANARY = "August 2016 – February 2019"
"""Words of the sample `cv.pdf`, and a value of it."""


def secrets_of(home: Path) -> tuple[StackState, list[str]]:
    kept = json.loads((home / "stack.json").read_text(encoding="utf-8"))
    state = StackState(home=home, stack_id=kept["stack_id"], password=kept["password"], ports=kept["ports"])
    return state, [state.password, *(state.secret(name) for name in (*Login, "s3", "prefect"))]


def files_with(home: Path, words: list[str]) -> set[str]:
    """Files of the stack that hold one of the words, in UTF-8 or as JSON escapes."""
    forms = {form for word in words for form in (word, json.dumps(word)[1:-1])}
    patterns = [argument for form in forms for argument in ("-e", form)]
    found = subprocess.run(
        ["grep", "-rlaF", *patterns, "."], cwd=home, capture_output=True, text=True, check=False
    )
    return {line.removeprefix("./") for line in found.stdout.splitlines()}


def test_secrets_lie_in_files_of_their_owner_and_in_no_command(product: Product) -> None:
    product.extracted("cv.pdf", "cv")
    state, secrets = secrets_of(product.home)
    assert len(set(secrets)) == len(secrets), "one secret for each user"
    holders = files_with(product.home, secrets)
    assert {name for name in holders if not name.startswith("postgres/data/")} == FOR_SECRETS
    assert all((product.home / name).stat().st_mode & 0o077 == 0 for name in FOR_SECRETS)
    commands = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in commands for secret in secrets if secret in command]
    with psycopg.connect(f"{product.environment()['DATABASE_URL']}") as connection:
        (is_owner,) = connection.execute("SELECT current_user = 'countersign'").fetchall()
    assert is_owner == (False,) and state.password not in json.dumps(product.environment())


def test_words_of_a_contract_are_in_its_tables_and_objects_alone(product: Product) -> None:
    lines = product.extracted("cv.pdf", "cv")
    assert CANARY in json.dumps(lines, ensure_ascii=False)
    holders = {name for name in files_with(product.home, [CANARY]) if not name.endswith(".jsonl")}
    assert not {name for name in holders if not name.startswith(FOR_WORDS)}
    state, _ = secrets_of(product.home)
    url = f"postgresql://{Login.OWNER}:{state.secret(Login.OWNER)}@127.0.0.1:{state.ports['postgres']}/countersign"
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        asked = "SELECT 1 FROM {0} WHERE strpos({0}::text, %s) > 0 LIMIT 1"
        with_words = {
            name for (name,) in names if connection.execute(asked.format(name), [CANARY]).fetchone()
        }  # pyright: ignore[reportArgumentType]
    assert {"chunk", "extraction"} <= with_words <= TABLES_WITH_WORDS


def test_parts_listen_on_loopback_and_ask_who_is_there(product: Product) -> None:
    state, _ = secrets_of(product.home)
    listening = {
        (connection.laddr.port, connection.laddr.ip.removeprefix("::ffff:"))
        for connection in psutil.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port in state.ports.values()
    }
    assert listening == {(port, "127.0.0.1") for port in state.ports.values()}
    given = product.environment()
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(given["PREFECT_API_URL"], "POST", "/flows/filter", {})
    assert refused.value.code == 401
    refused.value.close()
    store = urlsplit(given["S3_ENDPOINT_URL"])
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(store.geturl(), "POST", "/moto-api/reset", {})
    assert refused.value.code == 403
    refused.value.close()
