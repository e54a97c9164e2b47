"""`countersign replay`: recomputes a stored run from its raw answers and compares the results with the stored ones."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from infra.cli import EXIT_FAILED
from infra.cli.options import AsJson
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.core.loop.replay import Replay

_MAX_SHOWN = 20
_NOUNS = {
    "decision": ("revision decision",),
    "finding": ("finding",),
    "extraction": ("value",),
    "coverage": ("coverage cell",),
}


def replay(
    run: Annotated[UUID, typer.Argument(metavar="RUN", help="The run's id, as in `countersign export`.")],
    as_json: AsJson = False,
) -> None:
    """Recompute a stored run from its raw answers and compare. It calls no model and writes nothing. Exits 1 if anything differs."""
    from infra.cli.database import open_store
    from tasks.core.loop.replay import replay as recompute
    from tasks.core.records import RunId

    with open_store() as store:
        result = recompute(store.runs.load(RunId(str(run))))
    print(_as_json(run, result) if as_json else _in_words(run, result))
    if result.differences:
        raise typer.Exit(EXIT_FAILED)


def _as_json(run: UUID, replayed: Replay) -> str:
    from tasks.core.loop.replay import Comparison

    report = {
        "run": str(run),
        "result": _result(replayed),
        "compared": {of.value: replayed.n_compared[of] for of in Comparison},
        "differences": [asdict(d) for d in replayed.differences],
        "notes": replayed.notes,
    }
    return json.dumps(report, ensure_ascii=False, indent=2)


def _in_words(run: UUID, replayed: Replay) -> str:
    from tasks.core.loop.replay import Comparison

    counts = ", ".join(f"{counted(replayed.n_compared[of], *_NOUNS[of.value])}" for of in Comparison)
    lines = [f"{_result(replayed)}: run {run}; compared: {counts}"]
    lines += [f"  {d.of.value}: {d.where}: {d.says}" for d in replayed.differences[:_MAX_SHOWN]]
    if len(replayed.differences) > _MAX_SHOWN:
        lines.append(f"  and {len(replayed.differences) - _MAX_SHOWN} more: use --json to see all")
    return "\n".join([*lines, *(f"note: {note}" for note in replayed.notes)])


def _result(replayed: Replay) -> str:
    return counted(len(replayed.differences), "difference") if replayed.differences else "same"
