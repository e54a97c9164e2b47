"""`countersign schema learn`: turns values that a user points out in a document into marked examples. Needs no stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli import EXIT_REFUSED
from infra.cli.console import open_output, print_plain, result_console
from infra.cli.options import input_file
from tasks.core.errors import ConfigurationError
from tasks.core.schema import FieldType, MarkedExample, Schema, SchemaField, load_schema
from tasks.core.text.display import counted, one_line

if TYPE_CHECKING:
    from infra.cli.schema.places import Place
    from tasks.core.loop.grounded_answer import RunInput

_MAX_PLACES = 9
_VALUE_FORM = "write --value FIELD=WORDS, or FIELD#2=WORDS for their second place"


@dataclass(frozen=True, slots=True)
class PointedOut:
    """Words that the user says are a field's value."""

    field: str
    words: str
    place: int | None = None
    """Which of their places in the document, from 1; None: the user did not say."""


def learn(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The schema's YAML file.")
    ],
    document: Annotated[Path, input_file("The document that says the values.")],
    value: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=WORDS",
            help="A field and its value, in the words of the document; FIELD#2=WORDS: at the second of several places. Repeat it. "
            "Without it, every field is asked for.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
) -> None:
    """Write values of a document into a schema as marked examples.

    The example is the sentence or table row around the value. Every other character of the file stays as it is.
    """
    from infra.cli.schema.trial import read_for
    from tasks.core.reading import close_workers

    schema, console = load_schema(str(file)), result_console()
    pointed_out = [_pointed_out(text, schema) for text in value or ()]
    try:
        run_input = read_for(document, schema)
    finally:
        close_workers()
    if isinstance(run_input, str):
        print_plain(console, f"{document.name}: {run_input}. Nothing was written.")
        raise typer.Exit(EXIT_REFUSED)
    chosen = (
        [(p.field, _the_place(p, run_input)) for p in pointed_out]
        if pointed_out
        else list(_asked(schema, run_input, console))
    )
    _write(file, schema, chosen, console, dry_run)


def _pointed_out(text: str, schema: Schema) -> PointedOut:
    name, equals, words = text.partition("=")
    name, hash_sign, number = name.strip().partition("#")
    if not equals or not words.strip() or (hash_sign and not number.isdecimal()):
        raise ConfigurationError(f"--value {one_line(text, 60)}: {_VALUE_FORM}. Nothing was written.")
    if name not in schema.field_names:
        raise ConfigurationError(
            f"the schema has no field `{name}`; it has {', '.join(schema.field_names)}. Nothing was written."
        )
    if schema.field(name).type is FieldType.RECORD:
        raise ConfigurationError(f"`{name}` is a record: write its examples by hand. Nothing was written.")
    return PointedOut(name, words.strip(), int(number) if number else None)


def _the_place(pointed_out: PointedOut, run_input: RunInput) -> Place:
    """Raises: ConfigurationError if the words have no place, or several and the user did not say which."""
    from infra.cli.schema.places import places_of

    name, number = pointed_out.field, pointed_out.place
    places = places_of(pointed_out.words, run_input)
    if not places:
        raise ConfigurationError(f"{_not_found(pointed_out, run_input)} Nothing was written.")
    if number is None and len(places) > 1:
        raise ConfigurationError(
            f"`{name}`: these words stand in {len(places)} places; write {name}#1=... for the first:\n{_listed(places)}\n"
            "Nothing was written."
        )
    if number is not None and not 1 <= number <= len(places):
        raise ConfigurationError(
            f"`{name}`: there is no place {number}; there are {len(places)}. Nothing was written."
        )
    return places[(number or 1) - 1]


def _not_found(pointed_out: PointedOut, run_input: RunInput) -> str:
    from infra.cli.schema.places import nearest_words

    nearest = nearest_words(pointed_out.words, run_input)
    guess = f" Most like them: {'; '.join(one_line(w, 80) for w in nearest)}." if nearest else ""
    return f"`{pointed_out.field}`: the document does not say these words.{guess}"


def _listed(places: Sequence[Place]) -> str:
    more = [f"and {len(places) - _MAX_PLACES} more"] if len(places) > _MAX_PLACES else []
    return "\n".join(
        [*(f"  {n}  {one_line(str(p), 200)}" for n, p in enumerate(places[:_MAX_PLACES], 1)), *more]
    )


# ---------------------------------------------------------------- asking


def _asked(schema: Schema, run_input: RunInput, console: Console) -> Iterator[tuple[str, Place]]:
    print_plain(
        console, "Copy each value from the document, in its own words. An empty line passes a field over."
    )
    for field in schema.fields:
        if field.type is not FieldType.RECORD and (place := _ask(field, run_input, console)) is not None:
            yield field.name, place


def _ask(field: SchemaField, run_input: RunInput, console: Console) -> Place | None:
    from infra.cli.schema.places import places_of

    while words := typer.prompt(f"{field.title} ({field.type})", default="", show_default=False).strip():
        places = places_of(words, run_input)
        if not places:
            print_plain(console, _not_found(PointedOut(field.name, words), run_input))
        elif len(places) == 1:
            print_plain(console, f"  {one_line(str(places[0]), 200)}")
            return places[0]
        else:
            print_plain(console, _listed(places))
            number = typer.prompt("Which place", type=int, default=1)
            return places[min(max(number, 1), len(places)) - 1]
    return None


# ---------------------------------------------------------------- writing


def _write(
    file: Path, schema: Schema, chosen: Sequence[tuple[str, Place]], console: Console, is_dry: bool
) -> None:
    from infra.cli.schema.new_examples import with_examples

    examples: dict[str, list[MarkedExample]] = {}
    for name, place in chosen:
        example = MarkedExample(text=place.text, value=place.value)
        if example in schema.field(name).examples or example in examples.get(name, ()):
            print_plain(console, f"{name}: has this example already")
        else:
            examples.setdefault(name, []).append(example)
    # Bytes, so that a byte order mark and the ends of lines stay.
    old = file.read_bytes().decode("utf-8")
    mark = "\ufeff" if old.startswith("\ufeff") else ""
    new = with_examples(old.removeprefix(mark), str(file), examples) if examples else old
    for name, added in examples.items():
        for example in added:
            print_plain(console, f"{name}: {example.value}  <-  {example.text}")
    n = sum(map(len, examples.values()))
    if is_dry or not n:
        print_plain(
            console, f"{counted(n, 'example')} would be written to {file}" if n else "Nothing was written."
        )
        return
    with open_output(file) as written:
        written.write(mark + new)
    print_plain(
        console,
        f"{counted(n, 'example')} written to {file}. Next: countersign schema check {file} --documents ...",
    )
