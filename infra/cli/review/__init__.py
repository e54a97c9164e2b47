"""`countersign review`: what waits for a person, decided without a page. Each command has a module of its own."""

from __future__ import annotations

import typer

from infra.cli.review.users import app as users

app = typer.Typer(
    help="Decide what waits for a person: values in doubt, values nearly dropped or nearly kept, passages that may have been "
    "overlooked. The most worthy questions come first.",
    no_args_is_help=True,
)
app.add_typer(users, name="users")
