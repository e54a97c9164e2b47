"""A TCP proxy on 127.0.0.1 that cuts, slows down or refuses what goes through it, when it is told to."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes `close` send RST instead of FIN."""


@dataclass
class Rules:
    """What happens to the bytes; changed while they flow."""

    refuses: bool = False
    """Connections are reset as soon as they are made."""
    bytes_per_second: int = 0
    """From server to client; 0: as fast as they come."""
    cut_after: int = -1
    """A connection is reset after so many further bytes from the server; -1: never."""
    cut_on: bytes = b""
    """A connection is reset in the middle of what the client sends after these bytes; empty: never."""
    answer: bytes = b""
    """Sent in place of what the server would answer to a request; empty: nothing is."""


@dataclass
class TcpProxy:
    """`with` opens and closes it. `rules` may be changed at any time; `cut` resets what is open.

    Attributes:
        n_hit: How often a rule did something.
    """

    target: int
    rules: Rules = field(default_factory=Rules)
    n_hit: int = 0
    _open: set[socket.socket] = field(default_factory=set)
    _listener: socket.socket = field(default_factory=socket.socket)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> TcpProxy:
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def cut(self) -> None:
        """Reset every connection."""
        with self._lock:
            found = list(self._open)
        for one in found:
            self._reset(one)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self.rules.refuses:
            self.n_hit += 1
            self._reset(client)
            return
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            self._reset(client)
            return
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open |= {client, server}
        threading.Thread(target=self._to_server, args=(client, server), daemon=True).start()
        self._to_client(server, client)

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            is_next = False
            while sent := client.recv(65536):
                rules = self.rules
                if rules.cut_on and is_next:
                    self.n_hit += 1
                    server.sendall(sent[: len(sent) // 2])
                    self._reset(server)
                    self._reset(client)
                    return
                if rules.answer:
                    self.n_hit += 1
                    client.sendall(rules.answer)
                    client.shutdown(socket.SHUT_WR)
                    break
                is_next = bool(rules.cut_on) and rules.cut_on in sent
                server.sendall(sent)
        with contextlib.suppress(OSError):  # also after a reset: the server must see that its client is gone
            server.shutdown(socket.SHUT_WR)

    def _to_client(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                rules = self.rules
                size = min(rules.bytes_per_second, 64) or 65536
                sent = server.recv(size)
                if not sent:
                    break
                if rules.cut_after >= 0:
                    self.n_hit += 1
                    client.sendall(sent[: rules.cut_after])
                    self._reset(client)
                    self._reset(server)
                    return
                if rules.bytes_per_second:
                    self.n_hit += 1
                    self._drip(sent, client, rules)
                else:
                    client.sendall(sent)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_WR)
        with self._lock:
            self._open -= {client, server}
        time.sleep(0.05)  # the other direction may still be writing
        for one in (client, server):
            one.close()

    def _drip(self, sent: bytes, client: socket.socket, rules: Rules) -> None:
        for at in range(len(sent)):
            client.sendall(sent[at : at + 1])
            if self.rules is rules:
                time.sleep(1 / rules.bytes_per_second)

    def _reset(self, one: socket.socket) -> None:
        with self._lock:
            self._open.discard(one)
        with contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            one.shutdown(socket.SHUT_RD)  # ends a `recv` of another thread; `close` sends the RST
        with contextlib.suppress(OSError):
            one.close()
