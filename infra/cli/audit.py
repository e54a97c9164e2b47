"""`countersign audit`: proves from the hash chain that no stored answer, finding or review was changed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.console import Console

from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.postgres.trail import TrailProof

EXIT_FAILED = 1


def register(app: typer.Typer) -> None:
    audit = typer.Typer(
        help="Prove that no stored answer, finding or review was changed.", no_args_is_help=True
    )
    audit.command("verify")(verify)
    audit.callback()(lambda: None)  # keeps `verify` a word of its own though it is the only one
    app.add_typer(audit, name="audit")


def verify(
    run: Annotated[UUID | None, typer.Argument(metavar="[RUN]", help="The run to prove.")] = None,
    all_runs: Annotated[bool, typer.Option("--all", help="Every run of the database.")] = False,
) -> None:
    """Recompute every hash of the trail and name the first row that does not hold. Exit code 1 if a trail is broken."""
    if (run is None) is not all_runs:
        raise typer.BadParameter("name one RUN, or say --all")
    from infra.cli.database import open_store
    from tasks.core.records import RunId

    with open_store() as store:
        run_ids = store.trail.run_ids() if run is None else [RunId(str(run))]
        n_broken = _tell(store.trail.verify(run_id) for run_id in run_ids)
    if n_broken:
        raise typer.Exit(EXIT_FAILED)


def _tell(proofs: Iterable[TrailProof]) -> int:
    """A line for each broken trail as it is found, and one for the whole; gives how many are broken."""
    n_runs = n_rows = n_broken = 0
    with Console(stderr=True).status("verifying") as status:
        for proof in proofs:
            n_runs, n_rows, n_broken = n_runs + 1, n_rows + proof.n_rows, n_broken + (not proof.holds)
            status.update(f"verifying: {counted(n_runs, 'run')}, {counted(n_rows, 'row')}")
            if not proof.holds:
                print(f"broken: run {proof.run_id}: {proof.fault}", file=sys.stderr)
    holding = "all hold" if not n_broken else f"{n_broken} broken"
    print(f"{counted(n_runs, 'run')}, {counted(n_rows, 'row')} of answers, findings and reviews: {holding}")
    return n_broken
