"""The command line: one module for each command, thin over what the flows call.

A command module has `register(app: typer.Typer) -> None`, which adds its commands, and imports what is heavy only inside
them. `infra.cli.main` knows which module holds which command and imports it when the command is called.
"""
