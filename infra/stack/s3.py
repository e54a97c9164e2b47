"""The embedded S3 endpoint: moto's server in its own process, with all objects in the state folder."""

from __future__ import annotations

import http.client
import os
import sys

from infra.stack.embedded import Embedded, inherited
from infra.stack.process import Launch
from infra.stack.service import StackPart
from infra.stack.state import ROOT, StackState
from tasks.core.errors import StackError

REGION = "us-east-1"


class S3(Embedded):
    part = StackPart.S3
    port_names = ("s3",)
    deadline_s = 30
    meaning = "no contract can be uploaded or fetched"

    def prepare(self, state: StackState) -> None:
        (state.folder(self.part) / "objects").mkdir(exist_ok=True)

    def launch(self, state: StackState) -> Launch:
        arguments = [str(state.ports["s3"]), str(state.folder(self.part) / "objects")]
        return Launch(
            argv=[sys.executable, "-m", "infra.stack.s3_server", *arguments],
            env=inherited(PYTHONPATH=str(ROOT)),
            cwd=state.folder(self.part),
        )

    def is_ready(self, state: StackState) -> bool:
        try:
            return _request(state, "GET", "/") == 200
        except OSError:
            return False

    def complete(self, state: StackState) -> None:
        """Create the bucket if it does not exist."""
        bucket = os.environ.get("COUNTERSIGN_BUCKET") or "contracts"
        if _request(state, "HEAD", f"/{bucket}") == 200:
            return
        status = _request(state, "PUT", f"/{bucket}")
        if status != 200:
            raise StackError(
                f"the embedded S3 refuses the bucket {bucket!r} ({status}). Set COUNTERSIGN_BUCKET to a valid name."
            )

    def environment(self, state: StackState) -> dict[str, str]:
        return {
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{state.ports['s3']}",
            "AWS_ACCESS_KEY_ID": "countersign",
            "AWS_SECRET_ACCESS_KEY": state.password,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }


def _request(state: StackState, method: str, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", state.ports["s3"], timeout=5)
    try:
        connection.request(method, path)
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()
