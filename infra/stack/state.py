"""The state of the stack between two starts: one folder, one `stack.json`, one lock.

The folder is `$COUNTERSIGN_HOME`, else `.countersign` in the checkout. `stack.json` holds ports,
secrets and processes, and only its owner may read it. Nothing here starts or stops a process.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from infra.stack.service import StackPart
from tasks.core.errors import StackError

ROOT = Path(__file__).resolve().parents[2]
"""The checkout (or the folder the packages are installed in)."""


@dataclass(frozen=True, slots=True)
class RunningPart:
    """A process of the stack, known by pid and start time: a pid alone may be reused."""

    pid: int
    started_at: float
    fingerprint: str
    """Digest of its command and files; if that changes, the part is started again."""


@dataclass(slots=True)
class StackState:
    """The content of `stack.json`."""

    home: Path
    stack_id: str = field(default_factory=lambda: secrets.token_hex(8))
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    """Of PostgreSQL's superuser, and the root of all other secrets. No process of the stack is given it."""
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[StackPart, RunningPart] = field(default_factory=dict)
    language_model: bool = False
    """Triton serves the small language model, too, until the user says otherwise."""

    def secret(self, user: str) -> str:
        """The password of one user of one part: who knows it knows neither `password` nor another user's."""
        return hmac.new(self.password.encode(), user.encode(), hashlib.sha256).hexdigest()[:32]

    def folder(self, part: StackPart) -> Path:
        return self.home / part.value

    def scratch(self, part: StackPart) -> Path:
        """A folder with a short, plain path, for files that live as long as the process."""
        return Path(tempfile.gettempdir()) / f"countersign-{self.stack_id}-{part.value}"

    def log(self, part: StackPart) -> Path:
        return self.home / "logs" / f"{part.value}.log"


def home() -> Path:
    """The state folder, absolute; not created."""
    return Path(os.environ.get("COUNTERSIGN_HOME") or ROOT / ".countersign").absolute()


def load() -> StackState:
    """The saved state, or a new one if there is none.

    Raises:
        StackError: `stack.json` cannot be read.
    """
    folder = home()
    try:
        raw = json.loads((folder / "stack.json").read_text(encoding="utf-8"))
        return StackState(
            home=folder,
            stack_id=raw["stack_id"],
            password=raw["password"],
            ports=raw["ports"],
            running={StackPart(name): RunningPart(**record) for name, record in raw["running"].items()},
            language_model=raw.get("language_model", False),
        )
    except FileNotFoundError:
        return StackState(home=folder)
    except (ValueError, KeyError, TypeError) as error:
        raise StackError(
            f"{folder / 'stack.json'} cannot be read. Stop the processes that still run by hand, then remove the file."
        ) from error


def save(state: StackState) -> None:
    """Write a new file and rename it, so that no reader sees half of it."""
    content = {
        "stack_id": state.stack_id,
        "password": state.password,
        "ports": state.ports,
        "running": {part.value: asdict(record) for part, record in state.running.items()},
        "language_model": state.language_model,
    }
    beside = state.home / "stack.json.new"
    with os.fdopen(
        os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(content, file, indent=2)
    beside.replace(state.home / "stack.json")


def secret_file(name: str) -> Path:
    """Where `show_secret` writes."""
    return home() / "secrets" / name


def show_secret(name: str, content: str) -> Path:
    """Write a secret that a person may need into a file of its owner's alone, `secrets/NAME`."""
    path = secret_file(name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    beside = path.with_name(f"{name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content + "\n")
    beside.replace(path)
    return path


@contextlib.contextmanager
def locked(wait_s: float = 120) -> Iterator[StackState]:
    """The state, for one writer at a time: a second `up` waits for the first.

    Raises:
        StackError: the lock is still held after `wait_s`, or the folder cannot be written.
    """
    from filelock import FileLock, Timeout  # takes 50 ms to import

    folder = home()
    # A process that dies releases its flock; a marker file, which filelock falls back to, would stay.
    lock = FileLock(folder / "lock", wait_s, 0o600, poll_interval=0.1, fallback_to_soft=False)
    try:
        for sub in ("logs", *StackPart):
            (folder / sub).mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise StackError(
            f"another `countersign up` or `down` has held {folder / 'lock'} for {wait_s:.0f} s. Wait for it or stop it."
        ) from None
    except OSError as error:
        raise StackError(
            f"the state folder {folder} cannot be written ({error.strerror}). Set COUNTERSIGN_HOME to a folder that can."
        ) from error
    try:
        yield load()
    finally:
        lock.release()
