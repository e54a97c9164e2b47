"""`python -m infra.web`: the web application as a process of its own, for the embedded stack and for containers.

Where the file of reviewers names somebody, it serves the review, too, and asks for a sign-in before every page.
Imports no Prefect before the first page of a document.

Requires:
    DATABASE_URL; for evidence pages the store of documents, too. See docs/boards.md.
"""

from __future__ import annotations

import argparse
import os
import sys

from infra.reviewers import Reviewers
from infra.web.api.data import StoreApiData
from infra.web.data import StoreData
from infra.web.review.data import StoreReviewData
from infra.web.serve import OPEN_FLAG, address_of, application, open_socket, serve
from tasks.core.errors import ConfigurationError, CountersignError
from tasks.postgres.store import Store


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.web", description="Serve boards and evidence pages."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8710, help="0: any free one")
    parser.add_argument("--root-path", default="", help="path below which a proxy shows it, e.g. /boards")
    parser.add_argument(OPEN_FLAG, action="store_true", help="allow an address that other machines reach")
    given = parser.parse_args()
    try:
        if not (url := os.environ.get("DATABASE_URL")):
            raise ConfigurationError("DATABASE_URL is not set. `countersign boards` starts what is missing.")
        has_reviewers = bool(Reviewers().all())
        may_listen = given.anyone_may_read or has_reviewers
        with Store(url) as store, open_socket(given.host, given.port, may_listen) as listening:
            review = StoreReviewData(store) if has_reviewers else None
            app = application(StoreData(store), given.host, given.root_path, review, StoreApiData(store))
            serve(app, listening, lambda: print(address_of(listening, given.root_path), flush=True))
    except CountersignError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
