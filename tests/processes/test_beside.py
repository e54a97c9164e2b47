"""A bench's program in a checkout of its own: it answers line by line, and its failure is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.bench.beside import runner

COUNTS = """
print("what a bench prints is no answer", flush=True)
for number in each_line():
    answer({"n_pages": given["n_pages"] * (number + 1), "seconds": 2})
open("ended", "w").close()
"""


def test_work_is_done_once_for_every_call_in_the_checkouts_folder(tmp_path: Path) -> None:
    with runner(tmp_path, Path(sys.executable), COUNTS, {"n_pages": 10}) as run:
        assert [run(), run()] == [5.0, 10.0]
        assert not (tmp_path / "ended").exists()
    assert (tmp_path / "ended").exists(), "its stack goes down before the bench ends"


@pytest.mark.parametrize("program", ["sys.exit(3)", "for number in each_line(): sys.exit(3)"])
def test_bench_that_ends_is_told_with_its_folder_and_exit_code(tmp_path: Path, program: str) -> None:
    told = pytest.raises(SystemExit, match=rf"the bench in {tmp_path} ended with exit code 3")
    with told, runner(tmp_path, Path(sys.executable), program, {}) as run:
        run()
