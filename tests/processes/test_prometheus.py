"""Prometheus takes our configuration and rules, scrapes OpenMetrics, and fires where it should."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

FOLDER = Path(__file__).parents[2] / "infra/deploy/grafana/prometheus"
EXPOSITION = b"""# HELP countersign_runs Ends of runs.
# TYPE countersign_runs counter
countersign_runs_total{schema_name="cv",state="done"} 7.0
# HELP countersign_running Runs in state running.
# TYPE countersign_running gauge
countersign_running 2.0
# EOF
"""
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
DEADLINE_S = 240

pytestmark = pytest.mark.timeout(600)


def installed(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed: apt-get install prometheus")
    return path


def promtool(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [installed("promtool"), *arguments]
    return subprocess.run(command, cwd=FOLDER, input=given, capture_output=True, check=False, timeout=500)


@pytest.mark.parametrize(
    "arguments",
    [("check", "config", "prometheus.yml"), ("test", "rules", "countersign.rules.test.yml")],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_promtool_finds_nothing_wrong(arguments: tuple[str, ...]) -> None:
    checked = promtool(*arguments)
    assert checked.returncode == 0, checked.stderr.decode()


class Exposition(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", OPEN_METRICS)
        self.end_headers()
        self.wfile.write(EXPOSITION)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def exposition_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Exposition) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return taken.getsockname()[1]


@pytest.fixture
def prometheus(tmp_path: Path, exposition_port: int) -> Iterator[str]:
    """A server with our configuration; only addresses and the interval are the test's."""
    text = (FOLDER / "prometheus.yml").read_text().replace("127.0.0.1:8710", f"127.0.0.1:{exposition_port}")
    (tmp_path / "prometheus.yml").write_text(text.replace("30s", "1s"))
    shutil.copy(FOLDER / "countersign.rules.yml", tmp_path)
    address = f"127.0.0.1:{free_port()}"
    options = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address={address}"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([installed("prometheus"), *options], cwd=tmp_path, stdout=log, stderr=log)
    yield f"http://{address}"
    process.terminate()
    process.wait(timeout=60)


def test_prometheus_scrapes_the_metrics_and_answers_a_query(prometheus: str) -> None:
    expression = quote('countersign_runs_total{job="countersign"}')
    until = time.monotonic() + DEADLINE_S
    found: list[dict[str, dict[str, str]]] = []
    while not found and time.monotonic() < until:
        try:
            with urlopen(f"{prometheus}/api/v1/query?query={expression}", timeout=30) as answer:
                found = json.load(answer)["data"]["result"]
        except URLError:
            pass  # it has not begun to listen
        time.sleep(0.5)
    assert [(f["metric"]["state"], f["value"][1]) for f in found] == [("done", "7")]
