"""`countersign audit verify`: recomputes every hash, and compares the database with its last signed head."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from infra.cli import EXIT_FAILED
from infra.cli.console import progress_console, spinner
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.core.audit.head import SignedHead
    from tasks.postgres.audit.trail import TrailProof
    from tasks.postgres.store import Store


def verify(
    run: Annotated[UUID | None, typer.Argument(metavar="[RUN]", help="The run to verify.")] = None,
    all_runs: Annotated[
        bool, typer.Option("--all", help="Verify every run, their chain, and the last signed head.")
    ] = False,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|s3://...",
            help="The signed head to compare with; default: the newest in COUNTERSIGN_AUDIT.",
        ),
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option(
            metavar="HEX", help="The key that must have signed it; default: COUNTERSIGN_AUDIT_PUBLIC_KEY."
        ),
    ] = None,
) -> None:
    """Recompute every hash of answers, findings, values, coverage and reviews, and name the first thing of a run that does not
    hold. Exits 1 if anything does not hold."""
    if (run is None) is not all_runs:
        raise typer.BadParameter("give either a RUN or --all")
    if run is not None and (head or public_key):
        raise typer.BadParameter("a head is compared with the whole database: give --all")
    from infra.cli.database import copies_need, open_store
    from tasks.core.records import RunId

    # A run is verified without the heads, so nothing is started for them.
    with open_store(*(() if run is not None else copies_need())) as store:
        if run is not None:
            n_faults = _runs([store.trail.verify(RunId(str(run)))])
        else:
            n_faults = _runs(store.trail.verify_each(store.trail.run_ids()))
            n_faults += _chain(store)
            n_faults += _heads(store, head, public_key)
    if n_faults:
        raise typer.Exit(EXIT_FAILED)


def _runs(proofs: Iterable[TrailProof]) -> int:
    """Print each broken run as it is found, then the totals; returns the number of broken runs."""
    n_runs = n_rows = n_broken = 0
    with spinner(progress_console(), "verifying") as tell:
        for proof in proofs:
            n_runs, n_rows, n_broken = n_runs + 1, n_rows + proof.n_rows, n_broken + (not proof.holds)
            tell(f"verifying: {counted(n_runs, 'run')}, {counted(n_rows, 'row')}")
            if not proof.holds:
                _tell(f"broken: run {proof.run_id}: {proof.fault}")
    result = f"{n_broken} broken" if n_broken else "all intact"
    print(
        f"{counted(n_runs, 'run')}, {counted(n_rows, 'row')} of answers, findings and reviews, with values and coverage: {result}"
    )
    return n_broken


def _chain(store: Store) -> int:
    proof = store.trail.verify_chain()
    for fault in proof.faults:
        _tell(f"broken: {fault}")
    if proof.guards_off:
        _tell(
            f"warning: switched off or gone: {', '.join(proof.guards_off)}. What was written meanwhile may be in no chain; "
            "`ALTER TABLE ... ENABLE ALWAYS TRIGGER` switches one on."
        )
    if not proof.faults:
        print(f"The chain of {counted(proof.n_runs, 'run')} is whole.")
    if proof.n_unsigned_erasures:
        erased = counted(proof.n_unsigned_erasures, "document")
        print(f"{erased} erased since the last head: their words cannot be compared any more.")
    return len(proof.faults)


def _heads(store: Store, given: str | None, public_key: str | None) -> int:
    """Compare with a head of outside; returns the number of faults."""
    from tasks.audit.heads import check_signature, newest_head, read_head, trusted_key
    from tasks.core.audit.head import load_public_key

    trusted = load_public_key(public_key) if public_key else trusted_key()
    outside = read_head(given) if given else newest_head(store, trusted)
    proof = store.checkpoints.verify(outside, trusted)
    faults = list(proof.faults)
    if outside is not None and (wrong := check_signature(outside, trusted)):
        faults.append(wrong)
    for fault in faults:
        _tell(f"broken: {fault}")
    if outside is None:
        print(
            "No signed head to compare with: whoever recomputed every hash is not found. `countersign audit digest` signs one."
        )
        return len(faults)
    said = outside.statement
    at = f"{said.at:%Y-%m-%d %H:%M} UTC"
    if proof.is_older:
        _tell(
            f"broken: the database has not come as far as head {said.number} of {at}: a backup was restored, or it was cut off."
        )
        _tell_lost(store, outside, given, trusted)
        return len(faults) + 1
    if proof.abandoned:
        print(f"Head {said.number} of {at} was given up: {proof.abandoned}")
    elif not faults:
        who = "" if trusted else "; the key is the head's own: give --public-key to prove who signed it"
        print(f"Everything up to head {said.number} of {at} is as it was signed{who}.")
    return len(faults)


def _tell_lost(store: Store, head: SignedHead, given: str | None, trusted: bytes | None) -> None:
    """What heads of outside saw and the database does not have."""
    from tasks.audit.heads import lost_with, outside_heads
    from tasks.core.errors import CountersignError
    from tasks.settings import settings

    heads, where = (
        ([head], given.removesuffix(head.name))
        if given
        else (outside_heads(store, trusted).strangers, settings().audit)
    )
    try:
        lost = lost_with(store, heads, where)
    except CountersignError as error:
        _tell(f"What is lost cannot be told: {error}")
        return
    _tell(
        f"lost: {counted(lost.n_runs, 'run')}{' ' if lost.run_ids else ''}{', '.join(lost.run_ids)}. The next nightly takes their documents again."
    )


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
