"""`countersign replay`: does a stored run again from its raw answers, and compares it with what is stored."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.core.loop.replay import Replay

EXIT_FAILED = 1
_SHOWN = 20
_WORDS = {
    "decision": ("decision to ask", "decisions to ask"),
    "finding": ("finding",),
    "extraction": ("value",),
    "coverage": ("coverage cell",),
}


def register(app: typer.Typer) -> None:
    app.command("replay")(replay)


def replay(
    run: Annotated[UUID, typer.Argument(metavar="RUN", help="The run, as `countersign export` names it.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every difference.")] = False,
) -> None:
    """Compute a stored run again from its raw answers and compare; no model is asked, nothing is written.
    Exit code 1 if anything differs."""
    from infra.cli.database import open_store
    from tasks.core.loop.replay import replay as replayed
    from tasks.core.records import RunId

    with open_store() as store:
        done = replayed(store.runs.load(RunId(str(run))))
    print(_as_json(run, done) if as_json else _in_words(run, done))
    if done.differences:
        raise typer.Exit(EXIT_FAILED)


def _as_json(run: UUID, done: Replay) -> str:
    from tasks.core.loop.replay import Comparison

    said = {
        "run": str(run),
        "result": _result(done),
        "compared": {of.value: done.n_compared[of] for of in Comparison},
        "differences": [asdict(d) for d in done.differences],
        "notes": done.notes,
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def _in_words(run: UUID, done: Replay) -> str:
    from tasks.core.loop.replay import Comparison

    counts = ", ".join(f"{counted(done.n_compared[of], *_WORDS[of.value])}" for of in Comparison)
    lines = [f"{_result(done)}: run {run}; compared: {counts}"]
    lines += [f"  {d.of.value}: {d.where}: {d.says}" for d in done.differences[:_SHOWN]]
    if len(done.differences) > _SHOWN:
        lines.append(f"  and {len(done.differences) - _SHOWN} more; --json has them all")
    return "\n".join([*lines, *(f"note: {note}" for note in done.notes)])


def _result(done: Replay) -> str:
    return counted(len(done.differences), "difference") if done.differences else "same"
