"""`countersign evaluate`: extracts from labelled contracts and compares the results with their gold spans."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli import options
from infra.cli.console import open_output, print_plain, progress_console, require_folder, result_console
from tasks.core.schema import Schema, load_schema
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.documents import Outcome, RunOptions
    from tasks.learning.evaluation.report import Report
    from tasks.learning.labelled import LabelledContract


def evaluate(
    gold: options.GoldFile,
    documents: options.DocumentFolder,
    texts: options.TextFile = None,
    generator: options.Generator = None,
    critic: options.Critic = None,
    out: Annotated[Path | None, typer.Option(help="Write the whole report to this JSON file.")] = None,
    page: Annotated[Path | None, typer.Option(help="Write the report with plots to this HTML file.")] = None,
    predictions: Annotated[Path | None, typer.Option(help="Write the extractions as JSON lines.")] = None,
    schema: options.GoldSchema = "cuad",
    split: options.HeldOutSplit = None,
    rounds: options.Rounds = None,
    force: options.Force = False,
    effort: Annotated[
        bool,
        typer.Option(
            "--effort",
            help="Also measure what review pays: F1 after up to 50 decisions a contract, in the order of the queue and in two others.",
        ),
    ] = False,
) -> None:
    """Measure verified values against gold spans: precision, recall and F1 with 95 % intervals, in all, by field and by round.

    The report also shows what each part adds, how well the models rank, whether the critic's probabilities are calibrated, and
    what an empty answer would score.
    """
    from tasks.learning.labelled import LabelledFiles, labelled_contracts

    loaded = load_schema(schema)
    require_folder(out, page, predictions)
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder:
        files = LabelledFiles(gold, documents, texts, split)
        chosen = labelled_contracts(files, Path(folder), progress_console().print)
        from infra.cli.database import start_parts

        start_parts()
        # Only now: the embedded parts serve every model, and keep their own settings.
        models = {"COUNTERSIGN_GENERATOR": generator, "COUNTERSIGN_CRITIC": critic}
        os.environ.update({name: model for name, model in models.items() if model})
        from tasks.documents import RunOptions

        evaluation, outcomes = _evaluate(
            chosen, loaded, schema, RunOptions(max_rounds=rounds, force=force), effort
        )
    from infra.cli.evaluate.tables import show

    show(evaluation, result_console())  # before a file that may not fit
    if predictions is not None:
        from infra.cli.extract import write_lines

        write_lines(outcomes, predictions, {o.key: Path(o.key).stem for o in outcomes}, as_found=True)
    if out is not None:
        with open_output(out) as file:
            json.dump(evaluation.as_json(), file, indent=2, ensure_ascii=False)
    if page is not None:
        from infra.cli.evaluate.page import evaluation_page

        with open_output(page) as file:
            file.write(evaluation_page(evaluation))


def _evaluate(
    contracts: Sequence[LabelledContract],
    schema: Schema,
    schema_name: str,
    run_options: RunOptions,
    with_review: bool,
) -> tuple[Report, list[Outcome]]:
    """Process all contracts, and compare."""
    from infra.cli.batches import run_batches, upload
    from infra.cli.evaluate.runs import reader_versions, replayed_contract, served_models
    from tasks.documents import DocumentRequest
    from tasks.learning.evaluation.replayed_run import ReplayedContract
    from tasks.learning.evaluation.report import EvaluationSetup, report
    from tasks.settings import settings

    console, models = progress_console(), served_models(schema)
    max_rounds = run_options.max_rounds or settings().max_rounds
    keys = {upload(labelled.path): labelled for labelled in contracts}
    requests = [DocumentRequest(key=key, schema_name=schema_name) for key in keys]
    outcomes = run_batches(requests, run_options, console)
    failed = {o.key: o.reason for o in outcomes if o.run_id is None}
    _print_failures(failed, console)
    done = [o for o in outcomes if o.run_id is not None]
    replayed = {o.key: replayed_contract(o, schema, keys[o.key].gold, max_rounds, with_review) for o in done}
    setup = EvaluationSetup(
        schema=schema.name,
        schema_digest=schema.digest,
        fields=tuple(schema.field_names),
        generator=f"{models.generator.name}/{models.generator.version}",
        critic=f"{models.critic.name}/{models.critic.version}",
        reader_versions=reader_versions(list(keys)),
        max_rounds=max_rounds,
        alone_threshold=models.alone_threshold,
        read_from_text=tuple(x.gold.doc_id for x in contracts if x.path.suffix == ".txt"),
        not_worked_on={keys[key].gold.doc_id: reason for key, reason in failed.items()},
        own_fields=tuple(f.name for f in schema.fields if f.trained_as is None),
        promise=models.promise,
        critic_bar=models.critic_bar,
    )
    results = [replayed.get(key) or ReplayedContract(labelled.gold) for key, labelled in keys.items()]
    return report(results, setup), outcomes


def _print_failures(failed: Mapping[str, str], console: Console) -> None:
    for reason, n in Counter(failed.values()).items():
        contracts = counted(n, "contract was", "contracts were")
        print_plain(console, f"{contracts} not processed ({reason}); all their gold spans count as missed")
