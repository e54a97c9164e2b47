"""`countersign evaluate`: labelled contracts through the whole product, compared with their gold spans."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.cli.results import progress_console, quiet_prefect, result_console
from tasks.core.errors import ConfigurationError
from tasks.core.schema import load_schema

if TYPE_CHECKING:
    from tasks.evaluation.comparison import Comparison, Worked
    from tasks.evaluation.gold import GoldContract
    from tasks.outcome import Outcome


def register(app: typer.Typer) -> None:
    app.command("evaluate")(evaluate)


def evaluate(
    gold: Annotated[
        Path, typer.Option(help="Gold spans, JSON lines, gzipped or not.", exists=True, dir_okay=False)
    ],
    documents: Annotated[
        Path, typer.Option(help="Folder with DOC_ID.pdf files.", exists=True, file_okay=False)
    ],
    out: Annotated[Path | None, typer.Option(help="Write the whole report to this JSON file.")] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Write the extractions as JSON lines to this file.")
    ] = None,
    schema: Annotated[str, typer.Option(help="Schema whose field names are the gold's categories.")] = "cuad",
    split: Annotated[str | None, typer.Option(help="Only this split; default: all but `train`.")] = None,
    rounds: Annotated[int | None, typer.Option(min=1, max=10, help="Most rounds for a chunk.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Do again what is stored already.")] = False,
) -> None:
    """Print precision, recall and F1 of verified values, with the control row and bootstrap intervals."""
    asked = load_schema(schema)
    chosen = _chosen(gold, documents, split)
    from infra import stack

    stack.ensure_up()
    stack.export()
    quiet_prefect()
    from infra.cli.batches import run_batches, upload
    from infra.cli.extract import write_lines
    from infra.cli.worked import alone_threshold, worked_contract
    from tasks.evaluation.comparison import compare
    from tasks.outcome import DocumentRequest, RunOptions

    console = progress_console()
    keys = {upload(documents / f"{g.doc_id}.pdf"): g for g in chosen}
    requests = [DocumentRequest(key=key, schema_name=schema) for key in keys]
    outcomes = run_batches(requests, RunOptions(max_rounds=rounds, force=force), console)
    _tell_failures(outcomes, console)
    done = [o for o in outcomes if o.run_id is not None]
    worked = {o.key: worked_contract(o, asked) for o in done}
    compared = compare(list(keys.values()), [worked.get(k) or _nothing() for k in keys], alone_threshold())
    if predictions is not None:
        write_lines(done, predictions)
    if out is not None:
        out.write_text(json.dumps(compared.as_json(), indent=2, ensure_ascii=False), encoding="utf-8")
    _show(compared, result_console())


def _chosen(gold: Path, documents: Path, split: str | None) -> list[GoldContract]:
    from tasks.evaluation.gold import read_gold

    wanted = [g for g in read_gold(gold) if (g.split == split if split else g.split != "train")]
    chosen = [g for g in wanted if (documents / f"{g.doc_id}.pdf").is_file()]
    if not chosen:
        raise ConfigurationError(
            f"none of the {len(wanted)} contracts of {gold} has a DOC_ID.pdf in {documents}"
        )
    if len(chosen) < len(wanted):
        progress_console().print(
            f"{len(wanted) - len(chosen)} of {len(wanted)} contracts have no PDF there and are left out"
        )
    return chosen


def _nothing() -> Worked:
    """A contract that could not be worked on: all of its gold counts as not found."""
    from tasks.evaluation.comparison import Worked

    return Worked((), {}, {})


def _tell_failures(outcomes: Sequence[Outcome], console: Console) -> None:
    reasons: dict[str, list[str]] = defaultdict(list)
    for o in outcomes:
        if o.run_id is None:
            reasons[o.reason].append(o.key)
    for reason, keys in reasons.items():
        console.print(f"{len(keys)} contracts not worked on ({reason}); their gold counts as not found")


def _show(compared: Comparison, console: Console) -> None:
    table = Table("system", "P_off", "R_off", "F1_off", "95 %", "F1 one-to-one", "gold", "predicted")
    for name, row in compared.rows.items():
        interval = compared.f1_intervals[name]
        figures = [f"{row.precision_off:.3f}", f"{row.recall_off:.3f}", f"{row.f1_off:.3f}"]
        bounds = f"{interval.low:.3f} to {interval.high:.3f}"
        table.add_row(name, *figures, bounds, f"{row.f1:.3f}", str(row.n_gold), str(row.n_predicted))
    console.print(table)
    gain = compared.gain_over_control
    console.print(
        f"gain over the control: {100 * gain.value:+.1f} points [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}], "
        f"{compared.n_contracts} contracts, CUAD matching (Jaccard of word sets >= 0.5), micro over all fields"
    )
    console.print(f"page of matched verified values right: {compared.page_right:.4f}")
