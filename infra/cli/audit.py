"""`countersign audit`: proves from the hash chain that no stored answer, finding or review was changed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from infra.cli import EXIT_FAILED
from infra.cli.console import progress_console
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.postgres.trail import TrailProof


app = typer.Typer(no_args_is_help=True)
app.callback()(lambda: None)  # keeps `verify` a sub-command although it is the only one


@app.command()
def verify(
    run: Annotated[UUID | None, typer.Argument(metavar="[RUN]", help="The run to verify.")] = None,
    all_runs: Annotated[bool, typer.Option("--all", help="Verify every run of the database.")] = False,
) -> None:
    """Recompute every hash of a run's trail and name the first row that does not match. Exits 1 if a trail is broken."""
    if (run is None) is not all_runs:
        raise typer.BadParameter("give either a RUN or --all")
    from infra.cli.database import open_store
    from tasks.core.records import RunId

    with open_store() as store:
        run_ids = store.trail.run_ids() if run is None else [RunId(str(run))]
        n_broken = _report(store.trail.verify(run_id) for run_id in run_ids)
    if n_broken:
        raise typer.Exit(EXIT_FAILED)


def _report(proofs: Iterable[TrailProof]) -> int:
    """Print each broken trail as it is found, then the totals; returns the number of broken trails."""
    n_runs = n_rows = n_broken = 0
    with progress_console().status("verifying") as status:
        for proof in proofs:
            n_runs, n_rows, n_broken = n_runs + 1, n_rows + proof.n_rows, n_broken + (not proof.holds)
            status.update(f"verifying: {counted(n_runs, 'run')}, {counted(n_rows, 'row')}")
            if not proof.holds:
                print(f"broken: run {proof.run_id}: {proof.fault}", file=sys.stderr)
    result = f"{n_broken} broken" if n_broken else "all intact"
    print(f"{counted(n_runs, 'run')}, {counted(n_rows, 'row')} of answers, findings and reviews: {result}")
    return n_broken
