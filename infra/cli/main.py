"""The root of `countersign`: which module holds which command, and how an error reaches the user.

Imports no command until it is called, so that `countersign --help` costs no more than Typer itself.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the document was refused, 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup
from typer.models import CommandInfo

from infra.cli import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_REFUSED
from tasks.core import errors
from tasks.core.errors import CountersignError, DocumentError
from tasks.core.review.records import DecisionRefused, RefusalCode
from tasks.core.text.terminal import guard_terminal, without_steering

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("stack", "Start the parts of the stack that the environment does not provide."),
    "down": ("stack", "Stop the embedded parts; stored data stays."),
    "status": ("stack", "Show the state of every part of the stack."),
    "logs": ("stack", "Show the log of one embedded part."),
    "read": ("read", "Show what the reader extracts from files: pages, text, footnotes."),
    "schema": ("schema", "Check a schema of your own, and learn examples from documents."),
    "extract": ("extract", "Extract a schema's fields from files, folders and S3 prefixes."),
    "export": ("export", "Write stored extractions as JSON lines or CSV."),
    "deliver": ("results.deliver", "Write the current values that are due to a bucket, as JSON lines."),
    "explain": ("explain", "Show how one value came about: page, note, every answer, finding and round."),
    "page": ("pages.evidence", "Write a document's pages with every value boxed, as one HTML file."),
    "boards": ("pages.boards", "Serve boards, documents and evidence pages until Ctrl-C."),
    "review": ("review", "Decide what waits for a person, or say who may."),
    "audit": ("audit", "Prove that nothing stored was changed, and sign what is stored."),
    "erase": ("audit.erase", "Take the words of a document out of everything that is kept."),
    "backfill": ("backfill", "Re-process documents in bulk, or process an archive for the first time."),
    "replay": ("replay", "Recompute a stored run from its raw answers, and compare."),
    "cost": ("cost", "Show what runs cost in tokens, model seconds and money."),
    "train": ("models.train", "Train the native models on labelled contracts."),
    "calibrate": ("models.calibrate", "Fit how a language model as critic is read."),
    "promote": ("models.promote", "Publish a trained model if it beats the one in service."),
    "models": ("models", "List every model version with its figures, or roll a model back."),
    "evaluate": ("evaluate", "Measure extractions against gold spans."),
    "automations": ("automations", "Deploy, list and remove Prefect automations."),
    "errors": ("errors", "Build, list and export the error book; list the critic's blind spots."),
}
"""Command: its module in this package, and one line of help."""

MEANINGS: dict[type[CountersignError], tuple[str, str]] = {
    errors.SchemaError: ("The schema is invalid; nothing was started.", "Correct it (docs/schemas.md)."),
    errors.SheetError: (
        "The file is no sheet of decisions; nothing was stored.",
        "Save it as .xlsx or `CSV UTF-8`, or export it anew (docs/review.md).",
    ),
    errors.OutputError: ("The file of results is not written.", "Name another place, or make room there."),
    errors.ConfigurationError: ("A setting or option is wrong or missing.", "Correct it and try again."),
    errors.SourceMissing: ("There is no such file or object.", "Check the path, or bucket and key."),
    errors.SourceForbidden: (
        "The object store refuses these credentials.",
        "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and their permissions.",
    ),
    errors.SourceWithheld: (
        "The object store does not give this object.",
        "Restore it, or allow its key; then try again.",
    ),
    errors.SourceUnavailable: ("The object store does not answer.", "Try again later; nothing was lost."),
    errors.DocumentErased: (
        "Its words were taken out on request; rows and hashes are left.",
        "`countersign audit verify RUN` still proves its trail.",
    ),
    errors.DocumentError: ("The document is in quarantine for this reason.", "Provide a readable file."),
    errors.ModelMissing: ("A model that is needed is not served.", "Load it, or name another one."),
    errors.ModelError: ("A model gave no answer.", "See `countersign status`, `countersign logs triton`."),
    errors.NothingMatches: (
        "No document meets the conditions; nothing was stored.",
        "Relax the conditions: see `countersign backfill plan --help`.",
    ),
    errors.BackfillMissing: ("There is no backfill of that name.", "List them: `countersign backfill show`."),
    errors.BackfillConflict: (
        "The backfill's state does not allow this.",
        "See `countersign backfill show`.",
    ),
    errors.StoreEmpty: ("The database holds nothing to work on yet.", "Run first what the message names."),
    errors.StoreMissing: ("The database holds nothing of that name.", "See `countersign export`."),
    errors.HeadConflict: (
        "A backup was restored, the setting names another database's heads, or checkpoints were changed. Nothing was signed.",
        "`countersign audit verify --all` says what is lost; then `countersign audit digest --after-restore WHY` goes on from here.",
    ),
    errors.StoreConflict: (
        "Another run holds this document, or its results have changed.",
        "Wait for the other run, then try again.",
    ),
    errors.StoreUnavailable: ("PostgreSQL does not answer.", "Try again later; stored data stays."),
    errors.StoreError: ("PostgreSQL refused a change.", "See `countersign logs postgres`."),
    errors.StackError: ("A part of the stack is not running.", "Read its log, then run `countersign up`."),
}
"""What an error means, and what to do if its message does not say so. The entry of the nearest class counts."""

REFUSALS: dict[RefusalCode, tuple[str, str]] = {
    RefusalCode.SUPERSEDED: (
        "Nothing was stored: the newer run asks its own questions, and keeps what was decided before.",
        "List them: `countersign review list --document K`.",
    ),
    RefusalCode.DECIDED_MEANWHILE: (
        "Nothing was stored, so that no decision is lost by accident.",
        "See what was decided: `countersign review show ITEM`; then decide again, with `--again`.",
    ),
    RefusalCode.CLAIMED: (
        "Nothing was stored: another person has the question on the screen.",
        "Ask that person, or wait: a claim ends after 15 minutes.",
    ),
    RefusalCode.NOT_FOUND: (
        "There is no question or decision of this number.",
        "See `countersign review list`.",
    ),
    RefusalCode.NO_WORDS: (
        "Nothing was stored: right words are words of the document.",
        "Copy them from the page: `--quote WORDS`; see `countersign review show ITEM`.",
    ),
    RefusalCode.NO_GOLD: (
        "Nothing was stored: `gold-wrong` says that an annotation is wrong, and there is none.",
        "Say what is right of the value: `right`, `wrong` or `corrected`.",
    ),
    RefusalCode.NOT_YOURS: (
        "Nothing was stored: a decision is taken back by who made it.",
        "Decide the question again instead: `countersign review decide ITEM --again`.",
    ),
    RefusalCode.NOTHING_TO_WITHDRAW: (
        "Nothing was stored: the decision was withdrawn, or another one followed.",
        "See its history: `countersign review show ITEM`.",
    ),
    RefusalCode.VALUE_CHANGED: (
        "Nothing was stored.",
        "Export the queue again: `countersign review export`.",
    ),
}
"""The same of a decision that is refused, by its code."""


class LazyGroup(TyperGroup):
    """Lists the commands without importing their modules."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command with name and help only, for the list."""
        if cmd_name not in COMMANDS:
            return None
        return typer.main.get_command_from_info(
            CommandInfo(cmd_name, callback=root, help=COMMANDS[cmd_name][1]),
            pretty_exceptions_short=True,
            rich_markup_mode=None,
        )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The real command, because it is called."""
        name, known, rest = super().resolve_command(ctx, args)
        return name, command(name) if name and known else known, rest


def command(name: str) -> Any:
    """The real command from its module: the function of its name, or the module's `app` if it has sub-commands."""
    module, loaded = importlib.import_module(f"infra.cli.{COMMANDS[name][0]}"), typer.Typer()
    if hasattr(module, "app"):
        loaded.add_typer(module.app, name=name)
    else:
        loaded.command(name)(getattr(module, name))
    loaded.callback()(root)  # keeps it a group although it holds one command
    group: Any = typer.main.get_group(loaded)
    real = group.commands[name]
    real.help = real.help or COMMANDS[name][1]
    return real


def root() -> None:
    """Does nothing: Typer needs a function for every name."""


app = typer.Typer(
    cls=LazyGroup,
    help="Extract facts from contracts. A second model confirms each fact, and its quote is shown on the page.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.callback()(root)


def main() -> None:
    """The entry point: runs a command and turns errors into messages and exit codes."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    try:
        try:
            guard_terminal()
            app()
        finally:
            sys.stdout.flush()  # else Python does it later, and an error then is a traceback
    except CountersignError as error:
        print(without_steering(error_message(error)), file=sys.stderr)
        sys.exit(EXIT_REFUSED if isinstance(error, DocumentError) else EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        _drop_output()
        sys.exit(EXIT_FAILED)
    except OSError as error:
        from infra.cli.console import is_full

        if not is_full(error):
            raise
        _drop_output()
        print(_FULL.format(error.strerror), file=sys.stderr)
        sys.exit(EXIT_FAILED)


_FULL = """\
failed:  standard output cannot be written ({})
meaning: What was written is not whole. What is stored stays.
to do:   Write it again where there is room."""


def _drop_output() -> None:
    """What standard output still holds cannot be written: flushing it would raise again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def error_message(error: CountersignError) -> str:
    """What failed, what it means, what to do."""
    meaning, advice = next((MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS), ("", ""))
    if isinstance(error, DecisionRefused):
        meaning, advice = REFUSALS[error.code]
    lines = [f"failed:  {str(error).rstrip()}", f"meaning: {meaning}", f"to do:   {advice}"]
    return "\n".join(line for line in lines if not line.endswith(" "))


if __name__ == "__main__":
    main()
