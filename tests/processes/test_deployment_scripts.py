"""The scripts of the image and of the work pools start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_shell_scripts_parse():
    for name in ("register.sh", "countersign"):
        subprocess.run(["sh", "-n", str(ROOT / "infra" / "deploy" / "image" / name)], check=True)


def test_filling_runs_without_the_products_packages():
    command = [
        sys.executable,
        "-I",
        str(ROOT / "infra" / "deploy" / "work_pools" / "fill.py"),
        "process",
        "stream_output=false",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["variables"]["properties"]["stream_output"]["default"] is False
