"""The embedded web application on 127.0.0.1: boards and evidence pages, and the review where somebody may sign in."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Callable
from pathlib import Path

from infra.stack.embedded import Embedded, digest_of_files, digest_of_settings, inherited
from infra.stack.postgres import Login, url_of
from infra.stack.process import Launch
from infra.stack.service import StackPart
from infra.stack.state import ROOT, StackState

SETTINGS = ("COUNTERSIGN_", "DATABASE_URL", "S3_", "AWS_")
CODE = ROOT / "infra" / "web"
_READ_AT_START = {".py", ".j2", ".css", ".js", ".toml"}
_HEALTH_S = 5


class Web(Embedded):
    part = StackPart.WEB
    needs = (StackPart.POSTGRES, StackPart.S3)
    port_names = ("web",)
    deadline_s = 60
    meaning = "there are no boards, and evidence pages are made by `countersign page` only"

    def __init__(self, surroundings: Callable[[StackState], dict[str, str]]) -> None:
        """`surroundings`: the variables by which the pages reach the stores."""
        self._surroundings = surroundings

    def prepare(self, state: StackState) -> None:
        """Nothing: it keeps no files."""

    def launch(self, state: StackState) -> Launch:
        surroundings = self._surroundings(state)
        env = inherited(PYTHONPATH=str(ROOT), **surroundings)
        # With a file of reviewers it serves the review, too, and asks for a sign-in.
        has_reviewers = Path(env.get("COUNTERSIGN_REVIEWERS") or state.home / "reviewers.toml").exists()
        if "DATABASE_URL" in surroundings:
            env["DATABASE_URL"] = url_of(state, Login.REVIEW if has_reviewers else Login.PAGES)
        settings = digest_of_settings(env, SETTINGS)
        files = digest_of_files(path for path in CODE.rglob("*") if path.suffix in _READ_AT_START)
        return Launch(
            argv=[sys.executable, "-m", "infra.web", "--port", str(state.ports["web"])],
            env=env,
            cwd=state.folder(self.part),
            reads=f"{settings}\0{files}\0{has_reviewers}",
        )

    def is_ready(self, state: StackState) -> bool:
        """Whether it answers, and reaches the database."""
        connection = http.client.HTTPConnection("127.0.0.1", state.ports["web"], timeout=_HEALTH_S)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def environment(self, state: StackState) -> dict[str, str]:
        return {"COUNTERSIGN_WEB_URL": f"http://127.0.0.1:{state.ports['web']}"}
