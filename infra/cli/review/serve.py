"""`countersign review serve`: serves the review page, with boards and evidence pages, in the foreground."""

from __future__ import annotations

import os
import webbrowser
from typing import Annotated

import typer

from infra.cli.console import print_plain, result_console
from infra.cli.database import start_parts
from infra.stack import StackPart

PORT = 8720


def serve(
    host: Annotated[
        str,
        typer.Option(help="Address to listen on. Beside this machine's own, only behind a proxy with https."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")] = PORT,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    root_path: Annotated[
        str, typer.Option(metavar="PATH", help="Path below which a proxy shows the pages, e.g. /review.")
    ] = "",
) -> None:
    """Serve the review page until Ctrl-C; also boards and evidence pages, all behind a sign-in.

    Who may sign in, `countersign review users` says. Starts PostgreSQL and the store of documents, unless the
    environment provides them or they run already.
    """
    from infra.web.api.data import StoreApiData
    from infra.web.data import StoreData
    from infra.web.review.data import StoreReviewData
    from infra.web.serve import address_of, application, check_reviewers, open_socket
    from infra.web.serve import serve as serve_pages
    from tasks.postgres.store import Store

    check_reviewers()
    with open_socket(host, port, anyone_may_read=True) as listening:
        start_parts(StackPart.POSTGRES, StackPart.S3)
        address = f"{address_of(listening, root_path)}review"

        def ready() -> None:
            print_plain(result_console(), f"Review: {address}", "Stop with Ctrl-C.")
            if open_browser:
                webbrowser.open(address)

        with Store(os.environ["DATABASE_URL"]) as store:
            app = application(StoreData(store), host, root_path, StoreReviewData(store), StoreApiData(store))
            serve_pages(app, listening, ready)
