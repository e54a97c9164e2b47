"""`countersign audit`: proves what is stored, and signs it. Each command has a module of its own."""

from __future__ import annotations

import typer

from infra.cli.audit.heads import digest, export, key
from infra.cli.audit.verify import verify

app = typer.Typer(
    help="Prove that nothing stored was changed, and sign what is stored, so that others can prove it.",
    no_args_is_help=True,
)
app.command()(verify)
app.command()(digest)
app.command()(export)
app.command()(key)
