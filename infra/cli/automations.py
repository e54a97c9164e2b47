"""`countersign automations`: what the Prefect server watches by itself, brought there, shown and taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tasks.core.errors import ConfigurationError, StackError

if TYPE_CHECKING:
    from infra.deploy.automations.automations import AutomationChange


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Bring to the Prefect server what it watches by itself: failed, missing and stuck runs, a rising share of refusals.",
        no_args_is_help=True,
    )
    group.command("deploy")(deploy)
    group.command("list")(show)
    group.command("remove")(remove)
    app.add_typer(group, name="automations")


def deploy(
    notify: Annotated[
        str | None,
        typer.Option(
            metavar="TYPE/NAME",
            envvar="COUNTERSIGN_NOTIFY",
            help="A notification block of the server, e.g. slack-webhook/ops: each automation tells it, too.",
        ),
    ] = None,
) -> None:
    """Make the server's set equal to infra/deploy/automations/set.yaml. Called twice, it changes nothing; one that was paused stays paused."""
    with _client() as client:
        from infra.deploy.automations import automations

        _tell(automations.deploy(client, notify or None))


def show() -> None:
    """List those of the set that the server has."""
    table = Table("automation", "on", "does", "when", box=None, pad_edge=False)
    with _client() as client:
        from infra.deploy.automations import automations

        for one in automations.deployed(client):
            does = ", ".join(action.type for action in one.actions)
            table.add_row(one.name, "yes" if one.enabled else "paused", does, one.description)
    console = Console()
    if not table.rows:
        console.print("The server has none of the set. `countersign automations deploy` brings it.")
        return
    console.print(table) if console.is_terminal else Console(width=240).print(table)


def remove() -> None:
    """Take the set away from the server."""
    with _client() as client:
        from infra.deploy.automations import automations

        _tell(automations.remove(client))


def _tell(changes: Sequence[AutomationChange]) -> None:
    for change in changes:
        typer.echo(f"{change.done.value:9} {change.name}")
    if not changes:
        typer.echo("The server has none of the set.")


@contextmanager
def _client() -> Iterator[Any]:
    """The server of the environment, else the embedded one; never one that Prefect would start for the occasion.

    Prefect reads its settings when it is imported: whatever imports it comes after this was entered.
    """
    from infra import stack

    stack.export()
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.exceptions import PrefectHTTPStatusError
    from prefect.settings import get_current_settings

    url = get_current_settings().api.url
    if not url:
        raise ConfigurationError(
            "no Prefect server is known: `countersign up prefect` starts one, or set PREFECT_API_URL"
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
            f"the Prefect server at {url} does not answer. Check PREFECT_API_URL and that it runs: `countersign status`."
        ) from error
