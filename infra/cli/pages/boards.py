"""`countersign boards`: serves the boards in the foreground."""

from __future__ import annotations

import os
import webbrowser
from typing import Annotated

import typer

from infra.cli.console import print_plain, result_console
from infra.cli.database import start_parts
from infra.stack import StackPart

PORT = 8710


def boards(
    host: Annotated[
        str,
        typer.Option(help="Address to listen on. Another than this machine's own needs --anyone-may-read."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")] = PORT,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the boards in the browser.")] = False,
    root_path: Annotated[
        str, typer.Option(metavar="PATH", help="Path below which a proxy shows the boards, e.g. /boards.")
    ] = "",
    anyone_may_read: Annotated[
        bool,
        typer.Option(
            "--anyone-may-read", help="Whoever reaches the address may read all contracts and values."
        ),
    ] = False,
) -> None:
    """Serve boards, documents and evidence pages until Ctrl-C. There is no sign-in.

    Starts PostgreSQL and the store of documents, unless the environment provides them or they run already.
    """
    from infra.web.api.data import StoreApiData
    from infra.web.data import StoreData
    from infra.web.serve import address_of, application, open_socket, serve
    from tasks.postgres.store import Store

    with open_socket(host, port, anyone_may_read) as listening:
        start_parts(StackPart.POSTGRES, StackPart.S3)
        address = address_of(listening, root_path)

        def ready() -> None:
            print_plain(result_console(), f"Boards: {address}", "Stop with Ctrl-C.")
            if anyone_may_read:
                print_plain(result_console(), "Whoever reaches this port can read every contract and value.")
            if open_browser:
                webbrowser.open(address)

        with Store(os.environ["DATABASE_URL"]) as store:
            app = application(StoreData(store), host, root_path, api=StoreApiData(store))
            serve(app, listening, ready)
