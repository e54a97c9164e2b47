"""`countersign schema check`: what a schema's fields have to go by, and what documents give for it. Needs no stack."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from infra.cli import EXIT_FAILED
from infra.cli.console import ProgressBar, print_plain, progress_console, result_console, text_table
from infra.cli.options import AsJson
from infra.cli.schema.advice import Advice, advice_on, trial_advice
from tasks.core.errors import SchemaError
from tasks.core.schema import FieldType, Schema, SchemaField, builtin_schemas, load_schema
from tasks.core.schema.schema_file import BUILTIN_DIR
from tasks.core.schema.yaml_lines import YamlTree, read_yaml
from tasks.core.text.display import counted, one_line

if TYPE_CHECKING:
    from infra.cli.schema.trial import Trial
    from tasks.core.records import Extraction

_MAX_CHARS = 90
_MAX_VALUES = 40
"""More values that need a person scroll out of sight; `--json` has all."""
SchemaFile = Annotated[
    str, typer.Argument(metavar="FILE", help="The schema's YAML file, or a built-in schema's name.")
]


def check(
    file: SchemaFile,
    documents: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            help="Try it on these documents: a file that is read, or a folder of them. Repeat it for several.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say of each field of a schema what it has to go by, and what is doubtful.

    With --documents also what each cue finds, what would be verified and what would go to a person. Exits 1 if there is a problem;
    what is only doubtful is no problem.
    """
    try:
        schema = load_schema(file)
    except SchemaError as error:
        if not as_json:
            raise
        print(
            json.dumps(
                {"file": file, "valid": False, "problems": str(error).splitlines()}, ensure_ascii=False
            )
        )
        raise typer.Exit(EXIT_FAILED) from error
    trials, trained = _trials(schema, documents or [])
    yaml = _lines_of(file)
    advice = [*advice_on(schema), *(trial_advice(schema, _read(trials), trained) if trials else ())]
    advice.sort(key=lambda a: (not a.is_problem, yaml.line(a.path)))
    if as_json:
        print(json.dumps(_as_json(file, schema, trials, advice, yaml), ensure_ascii=False))
    else:
        _show(file, schema, trials, advice, yaml)
    raise typer.Exit(EXIT_FAILED if any(a.is_problem for a in advice) else 0)


def _lines_of(file: str) -> YamlTree:
    path = BUILTIN_DIR / f"{file}.yaml" if file in builtin_schemas() else Path(file)
    return read_yaml(path.read_text(encoding="utf-8-sig"), file)


def _trials(schema: Schema, documents: Sequence[Path]) -> tuple[list[Trial], tuple[str, ...]]:
    """What each document gives, and the names that `trained_as` may have."""
    if not documents:
        return [], ()
    from infra.cli.extract import local_files
    from infra.cli.schema.trial import ShippedModels, try_document
    from tasks.core.reading import close_workers

    files, models = local_files(documents), ShippedModels.load()
    trials: list[Trial] = []
    try:
        with ProgressBar(progress_console(), "trying", len(files)) as bar:
            for path in files:
                trials.append(try_document(path, schema, models))
                bar.advance(f"{path.name}: {trials[-1].refusal or 'tried'}")
    finally:
        close_workers()
    return trials, models.generator.trained_fields


def _read(trials: Sequence[Trial]) -> list[Trial]:
    return [t for t in trials if not t.refusal]


# ---------------------------------------------------------------- for people


def _show(
    file: str, schema: Schema, trials: Sequence[Trial], advice: Sequence[Advice], yaml: YamlTree
) -> None:
    console = result_console()
    heads = ["field", "type", "signs", *(("verified", "to a person") if trials else ())]
    console.print(text_table(heads, [_row(f, trials) for f in schema.fields]))
    print_plain(console, *(f"{t.name} was not tried: {t.refusal}" for t in trials if t.refusal))
    print_plain(console, *_remarks(file, advice, yaml))
    if trials:
        _show_doubted(trials, console)
    n_problems = sum(a.is_problem for a in advice)
    notes = counted(len(advice) - n_problems, "doubtful entry", "doubtful entries")
    print_plain(console, f"{counted(len(schema.fields), 'field')}, {counted(n_problems, 'problem')}, {notes}")


def _row(field: SchemaField, trials: Sequence[Trial]) -> list[str]:
    kind = f"list of {field.items}" if field.type is FieldType.LIST else str(field.type)
    row = [field.name, kind, _signs(field, _read(trials))]
    if trials:
        statuses = Counter(e.status.value for t in trials for e in t.extractions if e.field == field.name)
        row += [str(statuses[s] or "") for s in ("verified", "unsettled")]
    return row


def _signs(field: SchemaField, trials: Sequence[Trial]) -> str:
    if field.trained_as is not None:
        return f"trained as {field.trained_as}"
    cues = counted(len(field.cues), "cue")
    if trials and field.cues:
        n_found = sum(any(t.hits.get((field.name, n)) for t in trials) for n in range(1, len(field.cues) + 1))
        cues = f"{n_found} of {cues} found in {sum(_has_hit(t, field) for t in trials)} of {len(trials)}"
    signs = [cues] if field.cues else []
    signs += [counted(len(field.examples), "example")] if field.examples else []
    return ", ".join(signs) or "none"


def _has_hit(trial: Trial, field: SchemaField) -> bool:
    return any(name == field.name and n for (name, _), n in trial.hits.items())


def _remarks(file: str, advice: Sequence[Advice], yaml: YamlTree) -> Iterator[str]:
    for a in advice:
        where = f"field `{a.field}`: " if a.field else ""
        yield f"{file}:{yaml.line(a.path)}: {'problem: ' if a.is_problem else ''}{where}{a.words}"


def _show_doubted(trials: Sequence[Trial], console: Console) -> None:
    doubted = [(t, e) for t in trials for e in t.extractions if e.status.value == "unsettled"]
    if not doubted:
        return
    rows = [
        (e.field, one_line(e.value, _MAX_CHARS), one_line(e.reason, _MAX_CHARS), _place(t, e))
        for t, e in doubted
    ]
    console.print(text_table(("field", "value", "why a person is asked", "where"), rows[:_MAX_VALUES]))
    if len(rows) > _MAX_VALUES:
        print_plain(console, f"and {len(rows) - _MAX_VALUES} more: see --json")


def _place(trial: Trial, extraction: Extraction) -> str:
    pages = extraction.citation.pages if extraction.citation else ()
    return ", ".join([trial.name, *(f"page {n}" for n in pages)])


# ---------------------------------------------------------------- for programs


def _as_json(
    file: str, schema: Schema, trials: Sequence[Trial], advice: Sequence[Advice], yaml: YamlTree
) -> dict[str, Any]:
    return {
        "file": file,
        "valid": True,
        "digest": schema.digest,
        "fields": [_field_json(i, f, trials, yaml) for i, f in enumerate(schema.fields)],
        "advice": [
            {"line": yaml.line(a.path), "field": a.field or None, "problem": a.is_problem, "words": a.words}
            for a in advice
        ],
        "documents": [{"name": t.name, "refused": t.refusal or None} for t in trials],
    }


def _field_json(index: int, field: SchemaField, trials: Sequence[Trial], yaml: YamlTree) -> dict[str, Any]:
    cues = [
        {
            "cue": cue,
            "line": yaml.line(("fields", index, "cues", j)),
            **({"found": sum(t.hits.get((field.name, j + 1), 0) for t in trials)} if trials else {}),
        }
        for j, cue in enumerate(field.cues)
    ]
    values = [
        {
            "document": t.name,
            "value": e.value,
            "normal": e.normal,
            "status": e.status.value,
            "reason": e.reason,
            "pages": list(e.citation.pages) if e.citation else [],
        }
        for t in trials
        for e in t.extractions
        if e.field == field.name
    ]
    return {
        "name": field.name,
        "type": field.type.value,
        "cues": cues,
        "n_examples": len(field.examples),
        **({"values": values} if trials else {}),
    }
