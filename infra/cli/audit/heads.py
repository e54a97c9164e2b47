"""`countersign audit digest`, `audit export` and `audit key`: what others need to check the database without trusting it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from infra.cli.console import open_output, require_folder
from infra.cli.export import write_jsonl
from tasks.core.errors import ConfigurationError
from tasks.core.text.display import counted


def digest(
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the head and its entries there, too.")
    ] = None,
    after_restore: Annotated[
        str | None,
        typer.Option(
            metavar="WHY", help="Give up the heads that a restored backup does not lead to, and say why."
        ),
    ] = None,
) -> None:
    """Sign a head: what the database holds now. It goes to COUNTERSIGN_AUDIT and proves something only where nobody who can
    change the database can change it."""
    from infra.cli.database import copies_need, open_store
    from tasks.audit.heads import make_head, signing_key, write_head
    from tasks.settings import settings

    if out is not None and not out.is_dir():
        raise ConfigurationError(f"there is no folder {out}. Nothing was signed.")
    with open_store(*copies_need()) as store:
        config = settings()
        head = make_head(store, signing_key(config.audit_key), after_restore or "")
        said = head.statement
        print(
            f"Head {said.number}: {said.n_runs} runs, {said.n_entries} entries, signed by {head.public_key.hex()}."
        )
        if config.audit_place:
            print(f"Written to {config.audit}{head.name}")
        if out is not None:
            print(f"Written to {write_head(store, head, out)}")
        if not config.audit_place and out is None:
            print(
                "It is in the database alone, where it proves nothing: set COUNTERSIGN_AUDIT, or give --out."
            )


def export(
    run: Annotated[UUID, typer.Argument(help="The run.")],
    out: Annotated[Path, typer.Option(help="The file to write, as JSON lines.")],
) -> None:
    """Write every row of a run's trail, and every value, in the form of which its hash is made. `docs/check_head.py` checks the
    file against a signed head, without any code of Countersign. It holds the words of the contract."""
    from infra.cli.database import open_store
    from tasks.core.records import RunId

    require_folder(out)
    with open_store() as store, open_output(out) as file:
        n_lines = write_jsonl(store.trail.bundle(RunId(str(run))), file)
    print(f"{counted(n_lines - 1, 'row')} of run {run} written to {out}")


def key(
    file: Annotated[Path, typer.Argument(help="The file to make; it must not be there.")],
) -> None:
    """Make an Ed25519 key to sign heads with. Keep the file where the database's administrators cannot read it, and give the
    public key that is printed to whoever is to check heads."""
    from tasks.core.audit.head import load_key, new_key, public_key_of

    pem = new_key()
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigurationError(f"{file} is there already; a key is never overwritten.") from None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written ({error.strerror})") from None
    with os.fdopen(opened, "wb") as written:
        written.write(pem)
    print(f"Private key: {file} (name it in COUNTERSIGN_AUDIT_KEY)")
    print(f"Public key:  {public_key_of(load_key(pem)).hex()}")
