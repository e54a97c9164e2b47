"""The embedded Triton: the tritonserver binary of nvidia-pytriton, which is never imported.

Its model repository is made of the shipped models and the published ones (`infra.models`). The
Python backend is assembled in the state folder: its library, its Python module, and the stub for
this Python version. Models run in stubs that import this environment's packages and `tasks/core`.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import http.client
import importlib.util
import json
import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path

from infra.stack import language_model
from infra.stack.embedded import Embedded, digest_of_files, inherited
from infra.stack.model_repository import SHIPPED, Repository, assemble
from infra.stack.process import Launch
from infra.stack.service import StackPart
from infra.stack.state import ROOT, StackState, home
from tasks.core.errors import StackError
from tasks.core.native.weights import PROMOTION

REQUIRED = ("generator", "critic")
"""The models that a run needs, by their default names; an external server must have them."""
MODELS = (*REQUIRED, "fewshot")
SHARED_MEMORY = Path("/dev/shm")
PROBE_TIMEOUT_S = 5


class Triton(Embedded):
    part = StackPart.TRITON
    port_names = ("triton_http", "triton_grpc", "triton_metrics")
    deadline_s = 60
    meaning = "no model can be called"

    def prepare(self, state: StackState) -> None:
        """Assemble the backend and the model repository."""
        if state.language_model:
            language_model.require_packages()
        if not is_repository_given():
            with Repository(model_repository()).locked():
                assemble(Repository(model_repository()))
        package = _package()
        backend = state.folder(self.part) / "backends" / "python"
        shutil.rmtree(backend, ignore_errors=True)
        backend.mkdir(parents=True)
        source = package / "tritonserver"
        for name in ("libtriton_python.so", "triton_python_backend_utils.py"):
            shutil.copy(source / "backends" / "python" / name, backend)
        shutil.copy(_stub(source), backend)
        (backend / "tasks").symlink_to(ROOT / "tasks")  # the backend's folder is on every model's path
        (backend / "infra").symlink_to(ROOT / "infra")
        _make_plain_path(_backends(state), state.folder(self.part) / "backends")
        _make_plain_path(_served_models(state), model_repository())
        _make_plain_path(_language_models(state), language_model.MODELS)

    def launch(self, state: StackState) -> Launch:
        package = _package()
        return Launch(
            argv=[str(package / "tritonserver" / "bin" / "tritonserver"), *_arguments(state)],
            env=_environment(package),
            cwd=state.folder(self.part),
            reads=_digest_of_models(state.language_model),
        )

    def is_ready(self, state: StackState) -> bool:
        """Whether every model answers: a server with a killed stub still reports ready."""
        if state.language_model and not language_model.answers(state.ports["triton_http"]):
            return False
        return all(_describes(state, model) for model in served_names())

    def sweep(self, state: StackState) -> None:
        """Remove links to unusual paths, and the shared memory of a killed server."""
        shutil.rmtree(state.scratch(self.part), ignore_errors=True)
        for leftover in SHARED_MEMORY.glob(f"{_shared_memory_prefix(state)}*"):
            leftover.unlink(missing_ok=True)

    def environment(self, state: StackState) -> dict[str, str]:
        return {"TRITON_URL": f"127.0.0.1:{state.ports['triton_grpc']}"}


def is_repository_given() -> bool:
    return bool(os.environ.get("COUNTERSIGN_TRITON_MODELS"))


def model_repository() -> Path:
    """`$COUNTERSIGN_TRITON_MODELS`, else the stack's own; it may not exist yet."""
    return Path(
        os.environ.get("COUNTERSIGN_TRITON_MODELS") or home() / StackPart.TRITON.value / "models"
    ).absolute()


def served_names() -> list[str]:
    """The models to load at the start: the required ones, and `fewshot` where it exists."""
    there = Repository(model_repository() if is_repository_given() else SHIPPED).names()
    return [name for name in MODELS if name in REQUIRED or name in there]


def _arguments(state: StackState) -> list[str]:
    small = [f"--model-repository={_language_models(state)}", f"--load-model={language_model.NAME}"]
    return [
        f"--model-repository={_served_models(state)}",
        *(small if state.language_model else ()),
        f"--backend-directory={_backends(state)}",
        "--model-control-mode=explicit",
        *(f"--load-model={model}" for model in served_names()),
        f"--backend-config=python,shm-region-prefix-name={_shared_memory_prefix(state)}",
        *(f"--{kind}-address=127.0.0.1" for kind in ("http", "grpc", "metrics")),
        *(f"--{kind}-port={state.ports[f'triton_{kind}']}" for kind in ("http", "grpc", "metrics")),
        "--allow-gpu-metrics=false",
        "--exit-timeout-secs=5",
        f"--id={StackPart.TRITON.value}-{state.stack_id}",
    ]


def _backends(state: StackState) -> Path:
    return _plain_path(state, "backends", state.folder(StackPart.TRITON) / "backends")


def _served_models(state: StackState) -> Path:
    return _plain_path(state, "models", model_repository())


def _language_models(state: StackState) -> Path:
    return _plain_path(state, "language-models", language_model.MODELS)


def _plain_path(state: StackState, name: str, path: Path) -> Path:
    """The path, or a link to it in the temporary folder: Triton passes unquoted paths to a shell."""
    if re.fullmatch(r"[\w./+,@:=-]+", str(path), re.ASCII):
        return path
    return state.scratch(StackPart.TRITON) / name


def _make_plain_path(plain: Path, path: Path) -> None:
    if plain != path:
        plain.parent.mkdir(mode=0o700, exist_ok=True)
        plain.unlink(missing_ok=True)
        plain.symlink_to(path)


def _environment(package: Path) -> dict[str, str]:
    """The server's environment. A stub is an interpreter that ignores PYTHONPATH and PYTHONHOME,
    and finds its packages as the first `python3` in PATH would.
    """
    libraries = [
        _python_library_folder(),
        str(package.parent / "nvidia_pytriton.libs"),
        os.environ.get("LD_LIBRARY_PATH"),
    ]
    return inherited(
        LD_LIBRARY_PATH=":".join(folder for folder in libraries if folder),
        PATH=f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        OMP_NUM_THREADS="1",
    )


def _package() -> Path:
    found = importlib.util.find_spec("pytriton")
    if found is None or found.origin is None:
        raise StackError(
            "the embedded Triton is not installed. Run `make setup`, or set TRITON_URL to a server that serves "
            f"{' and '.join(REQUIRED)}."
        )
    return Path(found.origin).parent


def _stub(source: Path) -> Path:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    stub = source / "python_backend_stubs" / version / "triton_python_backend_stub"
    if not stub.exists():
        raise StackError(
            f"the embedded Triton has no Python backend for Python {version}. Use Python 3.11 or 3.12."
        )
    return stub


def _python_library_folder() -> str:
    """The folder of libpython; empty if the system's loader finds it.

    Without a shared libpython no model runs, and the server hangs instead of ending.

    Raises:
        StackError: there is none.
    """
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}.so.1.0"
    for folder in (
        sysconfig.get_config_var("LIBDIR"),
        f"{sys.base_prefix}/lib",
        sysconfig.get_config_var("LIBPL"),
    ):
        if folder and (Path(folder) / name).exists():
            return str(folder)
    if ctypes.util.find_library(f"python{sys.version_info.major}.{sys.version_info.minor}"):
        return ""
    raise StackError(
        f"Triton's models need {name}, and {sys.base_prefix} has none. Install it (Debian: libpython3.{sys.version_info.minor}) "
        "or set up again with a Python built with --enable-shared: make clean setup PYTHON=..."
    )


def _digest_of_models(with_language_model: bool) -> str:
    """Digest of models and core, which the server and its stubs read once, at their start.

    Published versions are left out: the running server loads them without a restart
    (`tasks.triton.model_control`).
    """
    source = Repository(model_repository() if is_repository_given() else SHIPPED)
    folders = [source.folder(name, version) for name in served_names() for version in source.versions(name)]
    files = [
        path
        for folder in folders
        if not (folder / PROMOTION).exists()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    ]
    configs = "".join(source.settings(name) for name in served_names())
    files += language_model.files() if with_language_model else ()
    code = digest_of_files([*files, *(ROOT / "tasks" / "core").rglob("*.py")])
    return code + hashlib.sha256(configs.encode()).hexdigest() + sys.version


def _shared_memory_prefix(state: StackState) -> str:
    return f"countersign_{state.stack_id}_"


def _describes(state: StackState, model: str) -> bool:
    text = {"name": "request", "shape": [1, 1], "datatype": "BYTES", "data": ['{"task":"describe"}']}
    connection = http.client.HTTPConnection("127.0.0.1", state.ports["triton_http"], timeout=PROBE_TIMEOUT_S)
    try:
        connection.request("POST", f"/v2/models/{model}/infer", json.dumps({"inputs": [text]}))
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
