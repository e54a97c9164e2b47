"""Serves the application until it is told to stop. Without a sign-in it refuses to be reached from elsewhere."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from infra.reviewers import Reviewers
from infra.web.api.data import ApiData
from infra.web.app import create_app
from infra.web.data import BoardData
from infra.web.review.data import ReviewData
from infra.web.security import ANY_ADDRESS, is_loopback
from infra.web.sign_in.routes import sign_in_for
from infra.web.sign_in.settings import sign_in_settings
from tasks.core.errors import ConfigurationError

HOSTS, URL = "COUNTERSIGN_WEB_HOSTS", "COUNTERSIGN_WEB_URL"
OPEN_FLAG = "--anyone-may-read"
_HOST = re.compile(r"\*|(\*\.)?[^*/]+")
_SHUTDOWN_S = 5
_BACKLOG = 128


def open_socket(host: str, port: int, anyone_may_read: bool) -> socket.socket:
    """The socket to serve on; port 0 takes a free one.

    Args:
        anyone_may_read: Others may reach it: somebody said so, or there is a sign-in.

    Raises:
        ConfigurationError: the address is taken or not this machine's, or others could reach it and nobody said
            that they may.
    """
    if not is_loopback(host) and not anyone_may_read:
        raise ConfigurationError(
            f"with --host {host} whoever reaches the port can read every contract and value: the boards alone have no "
            f"sign-in. Nothing was started. Serve them with one (`countersign review serve`), put a proxy that asks for "
            f"one before 127.0.0.1 (docs/boards.md), or say that this is meant: {OPEN_FLAG}."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {host}:{port} ({error.strerror}). Choose another one with --port, or 0 for any."
        ) from error


def address_of(listening: socket.socket, root_path: str = "") -> str:
    """The address for a browser on this machine."""
    host, port = listening.getsockname()[:2]
    if host in ANY_ADDRESS:
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{root_path.rstrip('/')}/"


def further_hosts() -> tuple[str, ...]:
    """The names that the environment gives: the host of COUNTERSIGN_WEB_URL, and those of COUNTERSIGN_WEB_HOSTS."""
    named = os.environ.get(HOSTS, "").replace(",", " ").split()
    return tuple(host for host in (urlsplit(os.environ.get(URL, "")).hostname, *named) if host)


def application(
    data: BoardData,
    bind: str,
    root_path: str,
    review: ReviewData | None = None,
    api: ApiData | None = None,
) -> FastAPI:
    """The application for this address, under the names of the environment.

    Args:
        review: The pages of the review, too, and a sign-in before every page.
        api: The HTTP interface, too.

    Raises:
        ConfigurationError: a name, the path or a setting of the sign-in is not valid; or nobody could sign in.
    """
    if root_path and not root_path.startswith("/"):
        raise ConfigurationError(f"--root-path begins with a slash: /{root_path}")
    if bad := [host for host in further_hosts() if not _HOST.fullmatch(host)]:
        raise ConfigurationError(f"{HOSTS} has {bad[0]!r}: write a name, *.example.com, or * for any.")
    if review is None:
        return create_app(data, bind, further_hosts(), root_path, api=api)
    sign_in = sign_in_for(check_reviewers(), sign_in_settings(), root_path)
    return create_app(data, bind, further_hosts(), root_path, (review, sign_in), api)


def check_reviewers() -> Reviewers:
    """The file of reviewers.

    Raises:
        ConfigurationError: it cannot be read, or nobody could sign in.
    """
    reviewers = Reviewers()
    if not reviewers.all():
        raise ConfigurationError(
            f"nobody could sign in: {reviewers.path} names no reviewer. Add one with "
            "`countersign review users add NAME`, then start again."
        )
    return reviewers


def server_of(app: FastAPI) -> uvicorn.Server:
    """The server of an application."""
    # No line for each request: an address holds names of contracts. No X-Forwarded-*: links need no host.
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    return uvicorn.Server(config)


def serve(app: FastAPI, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called first, while requests wait already."""
    ready()
    # Settings name every part, but no page asks a model.
    os.environ.setdefault("TRITON_URL", "127.0.0.1:1")
    server_of(app).run(sockets=[listening])
