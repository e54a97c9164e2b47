"""`countersign automations`: deploys, lists and removes the automations of the Prefect server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.console import result_console, text_table
from tasks.core.errors import ConfigurationError, StackError

if TYPE_CHECKING:
    from infra.deploy.automations.automations import AutomationChange


app = typer.Typer(
    help="Deploy, list and remove Prefect automations: alerts for failed, missing and stuck runs, and for more refused documents "
    "than usual.",
    no_args_is_help=True,
)


@app.command()
def deploy(
    notify: Annotated[
        str | None,
        typer.Option(
            metavar="TYPE/NAME",
            envvar="COUNTERSIGN_NOTIFY",
            help="Also send each alert through this notification block of the server, e.g. slack-webhook/ops.",
        ),
    ] = None,
) -> None:
    """Create or update the automations on the Prefect server. Safe to repeat; a paused automation stays paused."""
    with prefect_client() as client:
        from infra.deploy.automations import automations

        _report(automations.deploy(client, notify or None))


@app.command("list")
def show() -> None:
    """List the automations that are deployed on the server."""
    rows: list[tuple[str, ...]] = []
    with prefect_client() as client:
        from infra.deploy.automations import automations

        for automation in automations.deployed(client):
            actions = ", ".join(action.type for action in automation.actions)
            enabled = "yes" if automation.enabled else "paused"
            rows.append((automation.name, enabled, actions, automation.description))
    if rows:
        table = text_table(("automation", "on", "does", "when"), rows, is_open=True)
        result_console(width=240).print(table)
    else:
        typer.echo("No automation is deployed. Deploy them with `countersign automations deploy`.")


@app.command()
def remove() -> None:
    """Remove the automations from the server."""
    with prefect_client() as client:
        from infra.deploy.automations import automations

        _report(automations.remove(client))


def _report(changes: Sequence[AutomationChange]) -> None:
    for change in changes:
        typer.echo(f"{change.done.value:9} {change.name}")
    if not changes:
        typer.echo("No automation is deployed.")


@contextmanager
def prefect_client() -> Iterator[Any]:
    """A client of the environment's Prefect server, else of the embedded one.

    Import what needs Prefect only inside: Prefect reads its settings on import.
    """
    from infra import stack

    stack.export()
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.exceptions import PrefectHTTPStatusError
    from prefect.settings import get_current_settings

    url = get_current_settings().api.url
    if not url:  # Prefect would start a server of its own for this one call
        raise ConfigurationError(
            "there is no Prefect server: start one with `countersign up prefect`, or set PREFECT_API_URL"
        )
    try:
        with get_client(sync_client=True) as client:
            yield client
    except PrefectHTTPStatusError as error:
        raise StackError(
            f"the Prefect server at {url} answered {error.response.status_code}. "
            "Check PREFECT_API_URL, and PREFECT_API_KEY or PREFECT_API_AUTH_STRING."
        ) from error
    except httpx.RequestError as error:
        raise StackError(
            f"the Prefect server at {url} does not answer. Check PREFECT_API_URL, and with `countersign status` that it runs."
        ) from error
