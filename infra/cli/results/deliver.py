"""`countersign deliver`: writes the current values that are due to the results prefix."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.console import print_plain, progress_console, result_console, spinner
from infra.cli.options import AsJson
from tasks.core.delivery import NO_PLACE
from tasks.core.errors import ConfigurationError
from tasks.core.text.display import counted
from tasks.settings import variable

if TYPE_CHECKING:
    from tasks.delivery import DeliveryCount

_KEYS_A_LINE = 10_000
"""Where there is no terminal to show a count at."""


def deliver(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count what is due; nothing is written.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Deliver to COUNTERSIGN_RESULTS what is due: values of finished runs, with what people decided since, and the word that documents are gone.

    Batches and nights deliver, too. This command is for the first time, and for decisions that should not wait for the night.
    """
    if not os.environ.get(variable("results")):  # before any part is started
        raise ConfigurationError(NO_PLACE)
    from infra.cli.database import start_parts
    from infra.stack import StackPart

    start_parts(StackPart.POSTGRES, StackPart.S3)
    os.environ.setdefault("TRITON_URL", "127.0.0.1:1")  # settings name every part, but nothing asks a model
    # Prefect 3.9 warns at the end of a process that emitted an event, for it counts its own sign to stop as one.
    logging.getLogger("EventsWorker").setLevel(logging.ERROR)
    from tasks.delivery import deliver as deliver_due
    from tasks.delivery import due

    console = progress_console()
    with spinner(console, "looking for what is due") as tell:

        def progress(count: DeliveryCount) -> None:
            words = _due(count) if dry_run else str(count)
            if console.is_terminal:
                tell(f"{counted(count.n_keys, 'key')}: {words}")
            elif count.n_keys % _KEYS_A_LINE == 0:
                print_plain(console, f"{counted(count.n_keys, 'key')}: {words}")

        count = due(progress) if dry_run else deliver_due(progress=progress)
    if as_json:
        print(json.dumps({**asdict(count), "dry_run": dry_run}))
    elif dry_run:
        print_plain(result_console(), f"due: {_due(count)}. Nothing was written.")
    else:
        print_plain(result_console(), str(count))


def _due(count: DeliveryCount) -> str:
    return f"{counted(count.n_delivered, 'result')} to deliver, {count.n_withdrawn:,} to withdraw"
