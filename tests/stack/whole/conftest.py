"""The whole embedded stack, started once for these tests in a folder of their own, with the samples taken through it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.stack.whole.warm import WarmCommands

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "infra" / "samples"
GIVEN = (
    "DATABASE_URL",
    "S3_ENDPOINT_URL",
    "TRITON_URL",
    "PREFECT_API_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
)


@dataclass(frozen=True)
class Product:
    """The command line against one stack."""

    home: Path
    warm: WarmCommands | None = None
    known: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict, compare=False)

    def run(
        self, *arguments: str, env: Mapping[str, str] | None = None, timeout_s: float = 240
    ) -> subprocess.CompletedProcess[str]:
        """Run `countersign`; the environment names no part unless `env` does. Prefect reads `env` when it is imported."""
        surroundings = {k: v for k, v in os.environ.items() if k not in GIVEN}
        surroundings |= {"COUNTERSIGN_HOME": str(self.home), "COLUMNS": "200", **(env or {})}
        if self.warm and not any(name.startswith("PREFECT_") for name in env or {}):
            return self.warm.run(arguments, surroundings, self.home, timeout_s)
        command = [sys.executable, "-m", "infra.cli.main", *arguments]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """The variables by which the embedded parts are reached."""
        return dict(_environment(self.home))

    def owner_url(self) -> str:
        """The database for its owner, as an operator finds it."""
        return (self.home / "secrets" / "owner-url").read_text(encoding="utf-8").strip()

    def extract(self, name: str, schema: str, *more: str) -> list[dict[str, Any]]:
        """Extract a sample and return its lines."""
        out = self.home / f"{name}.jsonl"
        done = self.run("extract", str(SAMPLES / name), "--schema", schema, "--out", str(out), *more)
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]

    def extracted(self, name: str, schema: str) -> list[dict[str, Any]]:
        """The lines of a sample by the shipped models, for tests that do not look at the command: it runs once."""
        if (name, schema) not in self.known:
            self.known[name, schema] = self.extract(name, schema)
        return self.known[name, schema]


@cache
def _environment(home: Path) -> Mapping[str, str]:
    """A stack remembers its ports and secrets, so one process is asked once."""
    code = "import json; from infra import stack; print(json.dumps(stack.environment()))"
    surroundings = {k: v for k, v in os.environ.items() if k not in GIVEN} | {"COUNTERSIGN_HOME": str(home)}
    return json.loads(
        subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=surroundings, text=True)
    )


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A running stack; down after the last of these tests, whatever they did to it."""
    product = Product(tmp_path_factory.mktemp("stack"))
    up = product.run("up")
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        with WarmCommands(ROOT, {**product.environment(), "PREFECT_LOGGING_LEVEL": "WARNING"}) as warm:
            yield replace(product, warm=warm)
    finally:
        down = product.run("down")
        assert down.returncode == 0, down.stdout + down.stderr
