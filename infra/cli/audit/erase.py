"""`countersign erase`: takes the words of documents out of everything that Countersign keeps."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.console import ProgressBar, progress_console
from tasks.core.errors import ConfigurationError, StoreMissing
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.core.records import DocumentId
    from tasks.postgres.store import Store


def erase(
    document: Annotated[
        str | None, typer.Argument(metavar="[K]", help="The document: its key, file name or SHA-256.")
    ] = None,
    older_than_days: Annotated[
        int | None,
        typer.Option(min=1, help="Instead: every document of which nothing is newer than so many days."),
    ] = None,
    by: Annotated[str, typer.Option(help="Who asks for it; stored for good.")] = "",
    reason: Annotated[str, typer.Option(help="Why, without the words themselves; stored for good.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it. Without this, only say what would be done.")
    ] = False,
    compact: Annotated[
        bool,
        typer.Option(
            help="Write the tables' files anew, so that no old page of them keeps the words; blocks them meanwhile."
        ),
    ] = False,
) -> None:
    """Take a document's words out of the database and its evidence pages out of S3. Rows, places, decisions and hashes stay, so
    that the trail can still be proved; the erasure itself is recorded. It cannot be undone. The source object is not touched."""
    if (document is None) is (older_than_days is None):
        raise typer.BadParameter("give either a document or --older-than-days")
    if yes and not (by.strip() and reason.strip()):
        raise typer.BadParameter("say who asks for it and why: --by and --reason")
    from infra.cli.database import copies_need, open_store
    from tasks.audit.erase import erase_document

    with open_store(*copies_need(), as_owner=True) as store:
        chosen = _chosen(store, document, older_than_days)
        if not yes:
            _preview(store, chosen)
            return
        with ProgressBar(progress_console(), "erasing", len(chosen)) as bar:
            for document_id in chosen:
                erased = erase_document(store, document_id, by, reason)
                bar.advance(f"{document_id[:12]}: {erased.in_words()}", on_terminal=True)
        store.erasures.vacuum(is_full=compact)  # also what a call that was killed left
        _deliver()
        print(
            f"{counted(len(chosen), 'document')} erased. What is left: backups, the write-ahead log and its archive, and the files in the bucket."
        )


def _chosen(store: Store, name: str | None, days: int | None) -> list[DocumentId]:
    if name is None:
        assert days is not None
        return store.erasures.documents_before(datetime.now(UTC) - timedelta(days=days))
    found = store.erasures.documents_called(name)
    if not found:
        raise StoreMissing(f"no document is called {name}. `countersign export` lists them.")
    if len(found) > 1:
        shown = ", ".join(found[:5])
        raise ConfigurationError(
            f"{len(found)} documents are called {name}: {shown}. Name one by its SHA-256; each version of a key is one."
        )
    return found


def _deliver() -> None:
    """Let readers of the results prefix know."""
    from tasks.delivery import deliver
    from tasks.settings import settings

    if settings().results:
        print(str(deliver()))


def _preview(store: Store, chosen: list[DocumentId]) -> None:
    for document_id in chosen:
        places = store.erasures.places(document_id)
        names = ", ".join(key for _, key in places.keys[:3])
        print(f"{document_id}  {counted(len(places.runs), 'run')}  {names}")
    print(
        f"{counted(len(chosen), 'document')} would be erased. Nothing was done: give --yes, --by and --reason.",
        file=sys.stderr,
    )
