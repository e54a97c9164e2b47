"""`countersign schema`: checks a schema of your own, and learns examples from documents, without a stack; registers it in PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.schema.bar import bar
from infra.cli.schema.check import check
from infra.cli.schema.learn import learn
from tasks.core.schema import load_schema

app = typer.Typer(
    help="Check a schema of your own, with or without documents, and turn values that you point out into examples, without a stack; "
    "register it, so that every worker finds it.",
    no_args_is_help=True,
)
app.command("bar")(bar)
app.command("check")(check)
app.command("learn")(learn)


@app.command()
def register(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML file of the schema.")],
) -> None:
    """Store a schema in PostgreSQL, and print the name by which deployments and every worker find it. Stored once, it stays."""
    schema = load_schema(str(file))
    from infra.cli.database import start_parts
    from infra.stack import StackPart

    start_parts(StackPart.POSTGRES)
    from tasks.schemas import register as store_schema

    print(store_schema(schema))
