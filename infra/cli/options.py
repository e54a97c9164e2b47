"""Options that several commands on labelled contracts share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

GoldFile = Annotated[
    Path, typer.Option(help="Gold spans, JSON lines, gzipped or not.", exists=True, dir_okay=False)
]
DocumentFolder = Annotated[
    Path, typer.Option(help="Folder with DOC_ID.pdf or DOC_ID.txt files.", exists=True, file_okay=False)
]
TextFile = Annotated[
    Path | None,
    typer.Option(
        help="JSON lines with `doc_id` and `text`, gzipped or not, for contracts that are not in the folder.",
        exists=True,
        dir_okay=False,
    ),
]
GoldSchema = Annotated[str, typer.Option(help="Schema whose field names are the gold's categories.")]
