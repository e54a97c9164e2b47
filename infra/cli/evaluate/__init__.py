"""`countersign evaluate`: runs the whole product on labelled contracts and compares the results with their gold spans."""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli.console import progress_console, quiet_prefect, result_console
from infra.cli.options import DocumentFolder, GoldFile, GoldSchema, TextFile
from tasks.core.schema import Schema, load_schema

if TYPE_CHECKING:
    from tasks.documents import Outcome
    from tasks.learning.evaluation.report import Report
    from tasks.learning.labelled import LabelledContract


def register(app: typer.Typer) -> None:
    app.command("evaluate")(evaluate)


def evaluate(
    gold: GoldFile,
    documents: DocumentFolder,
    texts: TextFile = None,
    generator: Annotated[
        str | None, typer.Option(help="Name of the generator's Triton model; default: the setting.")
    ] = None,
    critic: Annotated[
        str | None, typer.Option(help="Name of the critic's Triton model; default: the setting.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the whole report to this JSON file.")] = None,
    page: Annotated[Path | None, typer.Option(help="Write the report with plots to this HTML file.")] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Write the extractions as JSON lines to this file.")
    ] = None,
    schema: GoldSchema = "cuad",
    split: Annotated[str | None, typer.Option(help="Only this split; default: all but `train`.")] = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, max=10, help="At most so many rounds for a chunk.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Process contracts again whose results are stored already.")
    ] = False,
) -> None:
    """Print precision, recall and F1 of verified values with the control row and bootstrap intervals: as a whole, by field, by round
    and by path; how well generator and critic rank, how well the critic's probabilities are calibrated, and what an empty answer would score."""
    from tasks.learning.labelled import LabelledFiles, labelled_contracts

    asked = load_schema(schema)
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder:
        files = LabelledFiles(gold, documents, texts, split)
        chosen = labelled_contracts(files, Path(folder), progress_console().print)
        from infra import stack

        stack.ensure_up()
        stack.export()
        os.environ.update(_models(generator, critic))
        quiet_prefect()
        made, outcomes = _evaluate(chosen, asked, schema, rounds, force)
    if predictions is not None:
        from infra.cli.extract import write_lines

        write_lines(outcomes, predictions, {o.key: Path(o.key).stem for o in outcomes})
    if out is not None:
        out.write_text(json.dumps(made.as_json(), indent=2, ensure_ascii=False), encoding="utf-8")
    if page is not None:
        from infra.cli.evaluate.page import evaluation_page

        page.write_text(evaluation_page(made), encoding="utf-8")
    from infra.cli.evaluate.tables import show

    show(made, result_console())


def _models(generator: str | None, critic: str | None) -> dict[str, str]:
    """Settings of the chosen models. Set after the stack is up, because its parts serve any of them."""
    named = {"COUNTERSIGN_GENERATOR": generator, "COUNTERSIGN_CRITIC": critic}
    return {name: value for name, value in named.items() if value}


def _evaluate(
    chosen: Sequence[LabelledContract], asked: Schema, schema: str, rounds: int | None, force: bool
) -> tuple[Report, list[Outcome]]:
    """One run over all contracts, and its report."""
    from infra.cli.batches import run_batches, upload
    from infra.cli.evaluate.runs import reader_versions, replayed_contract, served_models
    from tasks.documents import DocumentRequest, RunOptions
    from tasks.learning.evaluation.replayed_run import ReplayedContract
    from tasks.learning.evaluation.report import EvaluationSetup, report
    from tasks.settings import settings

    console, models = progress_console(), served_models()
    max_rounds = rounds or settings().countersign_max_rounds
    keys = {upload(labelled.path): labelled for labelled in chosen}
    requests = [DocumentRequest(key=key, schema_name=schema) for key in keys]
    outcomes = run_batches(requests, RunOptions(max_rounds=rounds, force=force), console)
    failed = {o.key: o.reason for o in outcomes if o.run_id is None}
    _print_failures(failed, console)
    replayed = {
        o.key: replayed_contract(o, asked, keys[o.key].gold, max_rounds)
        for o in outcomes
        if o.key not in failed
    }
    setup = EvaluationSetup(
        schema=asked.name,
        schema_digest=asked.digest,
        fields=tuple(asked.field_names),
        generator=f"{models.generator.name}/{models.generator.version}",
        critic=f"{models.critic.name}/{models.critic.version}",
        reader_versions=reader_versions(list(keys)),
        max_rounds=max_rounds,
        alone_threshold=models.alone_threshold,
        read_from_text=tuple(x.gold.doc_id for x in chosen if x.path.suffix == ".txt"),
        not_worked_on={keys[key].gold.doc_id: reason for key, reason in failed.items()},
    )
    contracts = [replayed.get(key) or ReplayedContract(labelled.gold) for key, labelled in keys.items()]
    return report(contracts, setup), outcomes


def _print_failures(failed: Mapping[str, str], console: Console) -> None:
    reasons: dict[str, list[str]] = defaultdict(list)
    for key, reason in failed.items():
        reasons[reason].append(key)
    for reason, keys in reasons.items():
        console.print(
            f"{len(keys)} contracts were not processed ({reason}); their gold spans count as not found",
            markup=False,
        )
