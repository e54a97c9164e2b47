"""The root of `countersign`: which command lives in which module, and how an error reaches a person.

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

from tasks.core import errors
from tasks.core.errors import CountersignError, DocumentError

EXIT_FAILED, EXIT_REFUSED, EXIT_INTERRUPTED = 1, 3, 130

COMMANDS: dict[str, tuple[str, str]] = {
    "up": (
        "stack",
        "Start the embedded parts that the environment does not give, and wait until they answer.",
    ),
    "down": ("stack", "Stop the embedded parts; what was stored stays."),
    "status": ("stack", "Show every part: running, given by the environment, or stopped."),
    "logs": ("stack", "Show the log of one embedded part."),
    "read": ("read", "Show what the reader sees in a document: pages, text, footnotes."),
    "extract": ("extract", "Extract a schema's fields from files, folders and S3 prefixes."),
    "export": ("export", "Write stored extractions as JSON lines or CSV."),
    "explain": ("explain", "Show the way of one value: page, note, every answer, finding and round."),
    "audit": ("audit", "Prove that no stored answer, finding or review was changed."),
    "backfill": ("backfill", "Plan, run, pause, resume, cancel and compare a backfill."),
    "replay": ("replay", "Do a stored run again from its raw answers, and compare."),
    "cost": ("cost", "Show what runs cost: tokens, seconds of the models, money."),
    "train": ("train", "Fit the native models from an annotated corpus."),
    "promote": ("promote", "Put a trained model into service, if it beats the one that serves."),
    "models": ("models", "Show the models: versions, which one serves, figures; or roll one back."),
    "evaluate": ("evaluate", "Measure extractions against a gold standard."),
    "automations": (
        "automations",
        "Bring to the Prefect server what it watches by itself; list or remove it.",
    ),
    "errors": ("errors", "Make, read and export the error book; list the critic's blind spots."),
}
"""Command: its module in this package, and one line of help."""

MEANINGS: dict[type[CountersignError], tuple[str, str]] = {
    errors.SchemaError: (
        "The schema cannot be used; nothing was started.",
        "Mend the schema file (docs/schemas.md).",
    ),
    errors.ConfigurationError: (
        "A setting is missing or wrong; nothing was changed.",
        "Change the setting and try again.",
    ),
    errors.SourceMissing: ("There is nothing to read there.", "Check path, bucket and key."),
    errors.SourceForbidden: (
        "The object store refuses these credentials.",
        "Check AWS_ACCESS_KEY_ID and its rights.",
    ),
    errors.SourceUnavailable: (
        "The object store does not answer.",
        "Try again when it does; nothing is lost.",
    ),
    errors.DocumentError: (
        "The document was refused; it stands in quarantine with this reason.",
        "Bring a readable file.",
    ),
    errors.ModelMissing: (
        "The model server does not serve a model that is needed.",
        "Load the model or name another.",
    ),
    errors.ModelError: (
        "The models could not be asked.",
        "See `countersign status` and `countersign logs triton`.",
    ),
    errors.NothingMatches: (
        "Objects are there, and none is what was asked for; nothing was stored.",
        "Ask for more: `countersign backfill plan --help` says what each condition chooses.",
    ),
    errors.BackfillMissing: (
        "No backfill has that name.",
        "See `countersign backfill show`, or plan it first.",
    ),
    errors.BackfillStands: (
        "The backfill is in no state for that; nothing was changed.",
        "See `countersign backfill show NAME`.",
    ),
    errors.StoreEmpty: ("There is nothing to work on yet.", "Do first what the message names."),
    errors.StoreMissing: (
        "Nothing of that name is stored.",
        "Ask for something that `countersign export` lists.",
    ),
    errors.StoreConflict: ("Another run holds this document.", "Wait for it, then try again."),
    errors.StoreUnavailable: (
        "PostgreSQL does not answer.",
        "Try again when it does; what was stored stays.",
    ),
    errors.StoreError: (
        "PostgreSQL refused a change; nothing was half-written.",
        "See `countersign logs postgres`.",
    ),
    errors.StackError: (
        "A part of the stack is not up.",
        "Read the log that is named; then `countersign up` again.",
    ),
}
"""What an error means, and what to do where the message itself does not say. The nearest class counts."""


class LazyGroup(TyperGroup):
    """Lists commands without importing them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Its name and help only: what the list shows."""
        if cmd_name not in COMMANDS:
            return None
        return typer.main.get_command_from_info(
            CommandInfo(cmd_name, callback=root, help=COMMANDS[cmd_name][1]),
            pretty_exceptions_short=True,
            rich_markup_mode=None,
        )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, since it is called."""
        name, known, rest = super().resolve_command(ctx, args)
        return name, command(name) if name and known else known, rest


def command(name: str) -> Any:
    """The command itself, from its module."""
    part = typer.Typer()
    importlib.import_module(f"infra.cli.{COMMANDS[name][0]}").register(part)
    part.callback()(root)  # keeps it a group even if it holds one command
    group: Any = typer.main.get_group(part)
    return group.commands[name]


def root() -> None:
    """Does nothing: Typer wants a function behind every name."""


app = typer.Typer(
    cls=LazyGroup,
    help="Facts from contracts, each countersigned by a second model and shown on its page.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.callback()(root)


def main() -> None:
    """The entry point: runs a command and turns our errors into words and exit codes."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    try:
        app()
    except CountersignError as error:
        print(told(error), file=sys.stderr)
        sys.exit(EXIT_REFUSED if isinstance(error, DocumentError) else EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has enough
        sys.exit(EXIT_FAILED)


def told(error: CountersignError) -> str:
    """What failed, what it means, what to do."""
    meaning, remedy = next((MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS), ("", ""))
    lines = [f"failed:  {str(error).rstrip()}", f"meaning: {meaning}", f"to do:   {remedy}"]
    return "\n".join(line for line in lines if not line.endswith(" "))


if __name__ == "__main__":
    main()
