"""A mail and its attachments on the whole stack: each has its run, twice is once, and nothing is written beside the mail."""

from __future__ import annotations

import json
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest

from tests.stack.whole.conftest import SAMPLES, Product
from tests.stack.whole.test_workers import s3_client

pytestmark = pytest.mark.timeout(300)


def application() -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "Nora Lind <nora@tarn.example>", "Application"
    message.set_content("My CV is attached.\n")
    inner = EmailMessage()
    inner["Subject"] = "Fwd"
    inner.set_content("See the letter.\n")
    files = (("cv.pdf", (SAMPLES / "cv.pdf").read_bytes() + b"\n%by mail\n"), ("plans.zip", b"PK\x03\x04"))
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    inner.add_attachment(
        b"Ada Marsh, Python since 2011.\n", maintype="application", subtype="x", filename="letter.txt"
    )
    message.add_attachment(inner)
    return message.as_bytes()


def test_mail_and_its_attachments_have_runs_of_their_own_once(product: Product, tmp_path: Path) -> None:
    for name, data in (("offer.eml", application()), ("a.xlsx", b"x"), (".DS_Store", b"x")):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
    out = tmp_path / "values.jsonl"
    first, second = (
        product.run("extract", str(tmp_path / "in"), "--schema", "cv", "--out", str(out)) for _ in range(2)
    )
    assert first.returncode == 0, first.stdout + first.stderr
    shown = first.stdout + first.stderr
    assert "1 file left out: a.xlsx; 1 hidden or lock file not looked at" in shown
    assert "offer.eml: 1 attachment left out: plans.zip (unpack it)" in shown
    assert second.stdout.count("unchanged") == 4
    names = {json.loads(line)["document"].rsplit("/", 1)[-1] for line in out.read_text().splitlines()}
    assert "cv.pdf" in names
    with psycopg.connect(product.environment()["DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT key, state::text FROM run_overview WHERE key LIKE '%%/offer.eml%%' ORDER BY key"
        ).fetchall()
    mail = rows[0][0]
    parts = ("", "!/Fwd.eml", "!/Fwd.eml!/letter.txt", "!/cv.pdf")
    assert rows == [(mail + part, "done") for part in parts]
    with s3_client(product.environment()) as bucket:
        objects = bucket.list_objects_v2(Bucket="contracts", Prefix=mail)["Contents"]
    assert [found["Key"] for found in objects] == [mail]
