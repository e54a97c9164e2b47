"""`countersign schema`: checks a schema of your own, and learns examples from documents. Needs no stack."""

from __future__ import annotations

import typer

from infra.cli.schema.bar import bar
from infra.cli.schema.check import check
from infra.cli.schema.learn import learn

app = typer.Typer(
    help="Check a schema of your own, with or without documents, and turn values that you point out into examples. Needs no stack.",
    no_args_is_help=True,
)
app.command("bar")(bar)
app.command("check")(check)
app.command("learn")(learn)
