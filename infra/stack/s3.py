"""The embedded S3 endpoint: moto's server in its own process, with all objects in the state folder."""

from __future__ import annotations

import http.client
import os
import sys
from pathlib import Path

from infra.stack.embedded import Embedded, digest_of_files, digest_of_settings, inherited
from infra.stack.process import Launch
from infra.stack.service import StackPart
from infra.stack.state import ROOT, StackState
from tasks.core.errors import StackError

REGION = "us-east-1"
USER = "countersign"
CREDENTIALS = ("COUNTERSIGN_S3_USER", "COUNTERSIGN_S3_SECRET")
"""Variables of the server's process: other users see its command, but not its environment."""
CODE = ("s3_server.py", "s3_signatures.py")


class S3(Embedded):
    part = StackPart.S3
    port_names = ("s3",)
    deadline_s = 30
    meaning = "no contract can be uploaded or fetched"

    def prepare(self, state: StackState) -> None:
        (state.folder(self.part) / "objects").mkdir(exist_ok=True)

    def launch(self, state: StackState) -> Launch:
        arguments = [str(state.ports["s3"]), str(state.folder(self.part) / "objects")]
        env = inherited(
            PYTHONPATH=str(ROOT), **dict(zip(CREDENTIALS, (USER, state.secret("s3")), strict=True))
        )
        return Launch(
            argv=[sys.executable, "-m", "infra.stack.s3_server", *arguments],
            env=env,
            cwd=state.folder(self.part),
            reads=digest_of_files(Path(__file__).with_name(name) for name in CODE)
            + digest_of_settings(env, CREDENTIALS),
        )

    def is_ready(self, state: StackState) -> bool:
        try:
            return _request(state, "HEAD", "/") == 200
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
            "AWS_ACCESS_KEY_ID": USER,
            "AWS_SECRET_ACCESS_KEY": state.secret("s3"),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }


def _signed(state: StackState, method: str, host: str, path: str) -> dict[str, str]:
    if path == "/":
        return {}
    from infra.stack.s3_signatures import S3User  # takes 0.1 s to import

    return S3User(USER, state.secret("s3")).sign(method, f"http://{host}{path}", REGION)


def _request(state: StackState, method: str, path: str) -> int:
    host = f"127.0.0.1:{state.ports['s3']}"
    connection = http.client.HTTPConnection(host, timeout=5)
    try:
        connection.request(method, path, headers=_signed(state, method, host, path))
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()
