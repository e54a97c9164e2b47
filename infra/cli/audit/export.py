"""`countersign audit export`: a run as its hashes are made of it, for somebody without our code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from infra.cli.console import open_output, require_folder
from tasks.core.text.display import counted


def export(
    run: Annotated[UUID, typer.Argument(help="The run.")],
    out: Annotated[Path, typer.Option(help="The file to write, as JSON lines.")],
) -> None:
    """Write every row of a run's trail, and every value, in the form of which its hash is made. `docs/check_head.py` checks the
    file against a signed head, without any code of Countersign. It holds the words of the contract."""
    from infra.cli.database import open_store
    from tasks.core.records import RunId

    require_folder(out)
    n_lines = 0
    with open_store() as store, open_output(out) as file:
        for n_lines, line in enumerate(store.trail.bundle(RunId(str(run)))):  # noqa: B007
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{counted(n_lines, 'row')} of run {run} written to {out}")
