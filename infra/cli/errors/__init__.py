"""`countersign errors`: builds, lists and exports the error book. Each command has a module of its own."""

from __future__ import annotations

import typer

from infra.cli.errors.blind_spots import blind_spots
from infra.cli.errors.build import build
from infra.cli.errors.export import export
from infra.cli.errors.list import show_list

app = typer.Typer(
    help="Build, list and export the error book (what a generator drafted right and wrong, compared with gold spans and reviews), "
    "and list the critic's blind spots.",
    no_args_is_help=True,
)
app.command("build")(build)
app.command("list")(show_list)
app.command("export")(export)
app.command("blind-spots")(blind_spots)
