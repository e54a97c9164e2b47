"""Options that several commands share: one meaning and one help text for each."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

_TIMES = "2026-11-01 or 2026-11-01T08:00+01:00"


def moment(help_text: str) -> Any:
    """An option that takes a date or time as ISO 8601; without a zone, it is in the zone of this machine."""

    def parse(text: str) -> datetime:
        try:
            parsed = datetime.fromisoformat(text)
        except ValueError:
            raise typer.BadParameter(f"`{text}` is not a date or time: write {_TIMES}") from None
        return parsed if parsed.tzinfo else parsed.astimezone()

    return typer.Option(metavar="T", parser=parse, help=f"{help_text}: {_TIMES}.")


def input_file(help_text: str) -> Any:
    """An option that takes an existing file."""
    return typer.Option(help=help_text, exists=True, dir_okay=False)


def input_folder(help_text: str) -> Any:
    """An option that takes an existing folder."""
    return typer.Option(help=help_text, exists=True, file_okay=False)


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
AsJsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, nothing shortened.")]
RunSchema = Annotated[
    str,
    typer.Option(
        help="Name of a built-in schema, NAME@DIGEST of a registered one, or path of a YAML file.",
    ),
]
Rounds = Annotated[int | None, typer.Option(min=1, max=10, help="Maximum number of rounds for each chunk.")]
NoCritic = Annotated[bool, typer.Option("--no-critic", help="Draft only; no value is verified.")]
Force = Annotated[bool, typer.Option("--force", help="Process documents again that have current results.")]
Generator = Annotated[
    str | None, typer.Option(help="Triton model that drafts; default: COUNTERSIGN_GENERATOR.")
]
Critic = Annotated[str | None, typer.Option(help="Triton model that critiques; default: COUNTERSIGN_CRITIC.")]

GoldFile = Annotated[Path, input_file("Gold spans as JSON lines, gzipped or not.")]
DocumentFolder = Annotated[Path, input_folder("Folder with a DOC_ID.pdf or DOC_ID.txt for each contract.")]
TextFile = Annotated[
    Path | None,
    input_file("JSON lines with `doc_id` and `text`, gzipped or not, for contracts that the folder lacks."),
]
GoldSchema = Annotated[str, typer.Option(help="Schema whose field names are the gold's categories.")]
HeldOutSplit = Annotated[str | None, typer.Option(help="Only this split; default: all but `train`.")]
AnySplit = Annotated[str | None, typer.Option(help="Only this split; default: all contracts.")]
BookGenerator = Annotated[
    str | None, typer.Option(help="Only drafts of this generator: NAME, or NAME/VERSION for one version.")
]
