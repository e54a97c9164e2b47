"""`countersign evaluate`: labelled contracts through the whole product, compared with their gold spans."""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli.results import progress_console, quiet_prefect, result_console
from tasks.core.errors import ConfigurationError
from tasks.core.schema import Schema, load_schema

if TYPE_CHECKING:
    from tasks.evaluation.gold import GoldContract
    from tasks.evaluation.report import Report
    from tasks.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Labelled:
    """One contract with its gold, as a file of this machine."""

    gold: GoldContract
    path: Path


def register(app: typer.Typer) -> None:
    app.command("evaluate")(evaluate)


def evaluate(
    gold: Annotated[
        Path, typer.Option(help="Gold spans, JSON lines, gzipped or not.", exists=True, dir_okay=False)
    ],
    documents: Annotated[
        Path, typer.Option(help="Folder with DOC_ID.pdf or DOC_ID.txt files.", exists=True, file_okay=False)
    ],
    texts: Annotated[
        Path | None,
        typer.Option(
            help="JSON lines with `doc_id` and `text`, gzipped or not, for contracts that are not in the folder.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
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
    schema: Annotated[str, typer.Option(help="Schema whose field names are the gold's categories.")] = "cuad",
    split: Annotated[str | None, typer.Option(help="Only this split; default: all but `train`.")] = None,
    rounds: Annotated[int | None, typer.Option(min=1, max=10, help="Most rounds for a chunk.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Do again what is stored already.")] = False,
) -> None:
    """Print precision, recall and F1 of verified values with the control row and bootstrap intervals: as a whole, by field, by round
    and by path; how well generator and critic rank, whether the critic's probabilities hold, and what answering nothing would score."""
    asked = load_schema(schema)
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder:
        chosen = _chosen(gold, documents, texts, split, Path(folder))
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
        from infra.cli.pages.evaluation import evaluation_page

        page.write_text(evaluation_page(made), encoding="utf-8")
    from infra.cli.evaluation_tables import show

    show(made, result_console())


def _models(generator: str | None, critic: str | None) -> dict[str, str]:
    """Settings of the chosen models. After the stack is up: its parts serve any of them."""
    named = {"COUNTERSIGN_GENERATOR": generator, "COUNTERSIGN_CRITIC": critic}
    return {name: value for name, value in named.items() if value}


def _evaluate(
    chosen: Sequence[Labelled], asked: Schema, schema: str, rounds: int | None, force: bool
) -> tuple[Report, list[Outcome]]:
    """One run over all contracts, and its report."""
    from infra.cli.batches import run_batches, upload
    from infra.cli.worked import reader_versions, served_models, worked_contract
    from tasks.evaluation.report import Subject, report
    from tasks.evaluation.worked import NOTHING
    from tasks.outcome import DocumentRequest, RunOptions
    from tasks.settings import settings

    console, models = progress_console(), served_models()
    max_rounds = rounds or settings().countersign_max_rounds
    keys = {upload(labelled.path): labelled for labelled in chosen}
    requests = [DocumentRequest(key=key, schema_name=schema) for key in keys]
    outcomes = run_batches(requests, RunOptions(max_rounds=rounds, force=force), console)
    failed = {o.key: o.reason for o in outcomes if o.run_id is None}
    _tell_failures(failed, console)
    worked = {
        o.key: worked_contract(o, asked, keys[o.key].gold, max_rounds)
        for o in outcomes
        if o.key not in failed
    }
    subject = Subject(
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
    golds = [labelled.gold for labelled in keys.values()]
    return report(golds, [worked.get(key, NOTHING) for key in keys], subject), outcomes


# ---------------------------------------------------------------- which contracts


def _chosen(
    gold: Path, documents: Path, texts: Path | None, split: str | None, folder: Path
) -> list[Labelled]:
    """The split's contracts that have a file; a text given beside becomes one in `folder`."""
    from infra.cli.texts import written_texts
    from tasks.evaluation.gold import read_gold

    wanted = [g for g in read_gold(gold) if (g.split == split if split else g.split != "train")]
    files = {g.doc_id: path for g in wanted if (path := _file(documents, g.doc_id)) is not None}
    absent = {g.doc_id for g in wanted} - files.keys()
    if texts is not None and absent:
        files |= written_texts(texts, absent, folder)
    chosen = [_labelled(g, files[g.doc_id]) for g in wanted if g.doc_id in files]
    if not chosen:
        raise ConfigurationError(f"none of the {len(wanted)} contracts of {gold} has a file in {documents}")
    if len(chosen) < len(wanted):
        progress_console().print(
            f"{len(wanted) - len(chosen)} of {len(wanted)} contracts have no file there and are left out; "
            "--texts can give their text"
        )
    return chosen


def _file(documents: Path, doc_id: str) -> Path | None:
    paths = (documents / f"{doc_id}{suffix}" for suffix in (".pdf", ".txt"))
    return next((path for path in paths if path.is_file()), None)


def _labelled(gold: GoldContract, path: Path) -> Labelled:
    """Of a text nobody knows the pages, so the gold's are left out."""
    if path.suffix != ".txt":
        return Labelled(gold, path)
    return Labelled(replace(gold, pages={f: [frozenset()] * len(q) for f, q in gold.quotes.items()}), path)


def _tell_failures(failed: Mapping[str, str], console: Console) -> None:
    reasons: dict[str, list[str]] = defaultdict(list)
    for key, reason in failed.items():
        reasons[reason].append(key)
    for reason, keys in reasons.items():
        console.print(
            f"{len(keys)} contracts not worked on ({reason}); their gold counts as not found", markup=False
        )
