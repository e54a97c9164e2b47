"""`countersign review`: what waits for a person, decided without a page. Each command has a module of its own."""

from __future__ import annotations

import typer

from infra.cli.review.decide import decide, withdraw
from infra.cli.review.items import refresh, show, show_list
from infra.cli.review.serve import serve
from infra.cli.review.sheets import export, import_sheet
from infra.cli.review.users import app as users

app = typer.Typer(
    help="Decide what waits for a person: values in doubt, values nearly dropped or nearly kept, passages that may have been "
    "overlooked. The most worthy questions come first.",
    no_args_is_help=True,
)
app.command("serve")(serve)
app.command("list")(show_list)
app.command("show")(show)
app.command("decide")(decide)
app.command("withdraw")(withdraw)
app.command("export")(export)
app.command("import")(import_sheet)
app.command("refresh")(refresh)
app.add_typer(users, name="users")
