"""`countersign schema bar`: moves a schema's bar by what a person decided about its values. Needs no stack."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from infra.cli.console import open_output, print_plain, result_console, text_table
from infra.cli.options import input_file
from tasks.core.errors import ConfigurationError
from tasks.core.schema import Schema, load_schema, parse_schema, promise_of
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from rich.console import Console

    from infra.cli.schema.decisions import Decisions
    from tasks.core.native.critic.evidence_judge import PromiseBars
    from tasks.core.statistics.promised_bar import BarFigures, MovedBar

CRITIC = Path(__file__).parents[2] / "deploy" / "triton" / "models" / "critic" / "1"


def bar(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The schema's YAML file.")
    ],
    decisions: Annotated[
        Path,
        input_file("Rows of `countersign export` (CSV or JSON lines) with a column `right`: true or false."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
) -> None:
    """Move the bar above which a schema's values are verified, by what a person decided about them.

    The bar starts as the critic's own for the promise and is moved to where the promise holds for this schema. Give the whole export,
    with rows that nobody decided, too: they tell how many values a bar verifies. Takes at least 20 decided values.
    """
    from infra.cli.schema.decisions import read_decisions
    from tasks.core.native.critic.evidence_judge import PromiseBars
    from tasks.core.statistics.promised_bar import FittedBars, moved_bar

    schema, console = load_schema(str(file)), result_console()
    promise = promise_of(schema, _promise_of_settings())
    if promise is None:
        raise ConfigurationError("every field of this schema has a trained head, which keeps its own bar")
    read = read_decisions(decisions, schema)
    _check(read, decisions)
    shipped = PromiseBars.load(CRITIC)
    moved = moved_bar(
        read.values,
        FittedBars(list(zip(shipped.promises, shipped.bars, strict=True))),
        promise,
        _present(schema, shipped, promise),
    )
    _show(read, moved, promise, console)
    if moved.after.bar == moved.before.bar:
        print_plain(console, f"The bar stays at {moved.before.bar:g}. Nothing was written.")
    elif dry_run:
        print_plain(console, f"promise: {promise:g} and bar: {moved.after.bar:g} would be written to {file}")
    else:
        _write(file, promise, moved.after.bar)
        print_plain(
            console,
            f"promise: {promise:g} and bar: {moved.after.bar:g} written to {file}. This is another version of the schema: "
            "documents are processed again when you next extract them.",
        )


def _promise_of_settings() -> float:
    from tasks.settings import Settings

    # Not `settings()`: it needs a database, and this command does not.
    given, default = os.environ.get("COUNTERSIGN_PROMISE"), Settings.model_fields["promise"].default
    try:
        return float(given or default)
    except ValueError as error:
        raise ConfigurationError("COUNTERSIGN_PROMISE is no number") from error


def _present(schema: Schema, shipped: PromiseBars, promise: float) -> float:
    return shipped.bar(promise) if schema.bar is None else schema.bar


def _check(read: Decisions, file: Path) -> None:
    from tasks.core.statistics.promised_bar import MIN_DECIDED

    if read.n_decided < MIN_DECIDED:
        raise ConfigurationError(
            f"{file} has {counted(read.n_decided, 'decided value')} of this schema with a probability that decides; it takes {MIN_DECIDED}. "
            f"{counted(read.n_other, 'row')} do not count: of other fields, without a score, or in doubt for another reason."
        )


# ---------------------------------------------------------------- what it says


def _show(read: Decisions, moved: MovedBar, promise: float, console: Console) -> None:
    heads = ("", "bar", "verified", "of them decided", "right", "share right", "estimated share")
    rows = [_row("before", moved.before), _row("after", moved.after)]
    console.print(text_table(heads, rows, f"Promise {promise:g}"))
    difference = moved.after.n_verified - moved.before.n_verified
    more = "more" if difference >= 0 else "fewer"
    print_plain(
        console,
        f"{counted(abs(difference), f'{more} value')} of {len(read.values)} would be verified. {counted(read.n_decided, 'value')} "
        f"decided; {counted(read.n_other, 'other row')} left out.",
    )
    from tasks.core.native.weights import weights_sha256

    others = [c for c in read.critics if not c.endswith(weights_sha256(CRITIC)[:12])]
    if others:
        print_plain(
            console,
            f"Some of these values were judged by {', '.join(others)}, not by the critic that ships with this version: its "
            "probabilities may mean something else. Extract again and decide anew if they do.",
        )


def _row(name: str, figures: BarFigures) -> tuple[str, ...]:
    share = f"{figures.n_right / figures.n_decided:.3f}" if figures.n_decided else "-"
    counts = (str(figures.n_verified), str(figures.n_decided), str(figures.n_right))
    estimate = f"{figures.share:.3f} ± {figures.deviation:.3f}" if figures.n_verified else "-"
    return (name, f"{figures.bar:g}", *counts, share, estimate)


# ---------------------------------------------------------------- writing


def _write(file: Path, promise: float, new_bar: float) -> None:
    # Bytes, so that a byte order mark and the ends of lines stay.
    old = file.read_bytes().decode("utf-8")
    mark = "\ufeff" if old.startswith("\ufeff") else ""
    new = mark + with_bar(old.removeprefix(mark), str(file), promise, new_bar)
    with open_output(file) as written:
        written.write(new)


def with_bar(text: str, source: str, promise: float, new_bar: float) -> str:
    """The text of a schema's file with `promise` and `bar`; every other character stays.

    Raises:
        ConfigurationError: the file is written in a way that cannot be added to.
    """
    wanted = parse_schema(text, source).model_copy(update={"promise": promise, "bar": new_bar})
    for key, after, value in (("promise", "name", promise), ("bar", "promise", new_bar)):
        text = _with_number(text, key, f"{value:g}", after)
    try:
        is_as_wanted = parse_schema(text, source) == wanted
    except Exception:  # whatever broke, nothing is written
        is_as_wanted = False
    if not is_as_wanted:
        raise ConfigurationError(
            f"{source} is written in a way that cannot be added to. Nothing was changed; add `promise: {promise:g}` and "
            f"`bar: {new_bar:g}` by hand."
        )
    return text


def _with_number(text: str, key: str, number: str, after: str) -> str:
    """With a number as the value of a key of the schema, which stands below another one if it is new."""
    from ruamel.yaml import YAML

    root = cast(Any, YAML(typ="safe", pure=True)).compose(text)
    nodes = {k.value: (k, v) for k, v in root.value}
    if key in nodes:
        start, end = (nodes[key][1].start_mark.index, nodes[key][1].end_mark.index)
        return f"{text[:start]}{number}{text[end:]}"
    node, value = nodes[after]
    if root.flow_style:
        return f'{text[: value.end_mark.index]}, "{key}": {number}{text[value.end_mark.index :]}'
    line_end = text.find("\n", value.end_mark.index)
    line_end = len(text) if line_end < 0 else line_end - text[:line_end].endswith("\r")
    end = "\r\n" if "\r\n" in text else "\n"
    return f"{text[:line_end]}{end}{' ' * node.start_mark.column}{key}: {number}{text[line_end:]}"
