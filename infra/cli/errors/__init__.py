"""`countersign errors`: builds, lists and exports the error book. Each command has a module of its own."""

from __future__ import annotations

import typer

from infra.cli.errors.blind_spots import blind_spots
from infra.cli.errors.build import build
from infra.cli.errors.export import export
from infra.cli.errors.list import show_list


def register(app: typer.Typer) -> None:
    errors = typer.Typer(
        help="The error book: what a generator drafted right and wrong, compared with gold spans and reviews.",
        no_args_is_help=True,
    )
    errors.command("build")(build)
    errors.command("list")(show_list)
    errors.command("export")(export)
    errors.command("blind-spots")(blind_spots)
    app.add_typer(errors, name="errors")
