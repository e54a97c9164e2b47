"""What a user gets wrong: a clear message, a non-zero exit, nothing half-written."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.servers.object_server import Answer, Request, md5, page, refusal, served, whole
from tests.stack.whole.conftest import SAMPLES, Product

pytestmark = pytest.mark.timeout(300)
CV = str(SAMPLES / "cv.pdf")
NOWHERE = "127.0.0.1:9"
DUPLICATE = """\
name: twice
title: Twice
fields:
  - {name: term, title: Term, description: How long it lasts.}
  - {name: term, title: Term, description: How long it lasts.}
"""


def test_unknown_schema_names_those_that_are_known(product: Product):
    refused = product.run("extract", CV, "--schema", "cvv")
    assert refused.returncode != 0
    assert "cvv" in refused.stderr and "investment" in refused.stderr


def test_schema_with_a_duplicate_field_is_refused_with_file_and_line(product: Product, tmp_path: Path):
    path = tmp_path / "twice.yaml"
    path.write_text(DUPLICATE, encoding="utf-8")
    refused = product.run("extract", CV, "--schema", str(path))
    assert refused.returncode != 0
    assert "twice.yaml:5" in refused.stderr.replace("\n", "") and "duplicate" in refused.stderr


def test_prefix_without_documents_is_refused(product: Product):
    refused = product.run("extract", "s3://contracts/no/such/prefix/", "--schema", "cv")
    assert refused.returncode != 0
    assert "no documents" in refused.stderr


def test_file_that_is_not_there_is_told_before_anything_starts(tmp_path: Path):
    nothing_up = Product(tmp_path)
    refused = nothing_up.run("extract", str(tmp_path / "no.pdf"), "--schema", "cv")
    assert refused.returncode == 1
    assert "no.pdf" in refused.stderr.replace("\n", "")
    assert not (tmp_path / "stack.json").exists()


@pytest.mark.parametrize(
    ("part", "env"),
    [
        ("PostgreSQL", {"DATABASE_URL": f"postgresql://u:s3cret-word@{NOWHERE}/countersign"}),
        (
            "S3",
            {
                "S3_ENDPOINT_URL": f"http://{NOWHERE}",
                "AWS_ACCESS_KEY_ID": "k",
                "AWS_SECRET_ACCESS_KEY": "s3cret-word",
            },
        ),
        ("Triton", {"TRITON_URL": NOWHERE}),
        ("Prefect", {"PREFECT_API_URL": f"http://{NOWHERE}/api"}),
    ],
)
def test_part_that_does_not_answer_is_named(product: Product, part: str, env: dict[str, str]):
    refused = product.run("extract", CV, "--schema", "cv", env=env)
    assert refused.returncode == 1
    assert part.lower() in refused.stderr.lower()
    assert "s3cret-word" not in refused.stderr + refused.stdout
    assert "Traceback" not in refused.stderr


def test_wrong_database_user_is_told_apart_from_no_answer(product: Product):
    url = product.environment()["DATABASE_URL"]
    _, _, rest = url.removeprefix("postgresql://").rpartition("@")
    wrong = f"postgresql://nobody-here:not-the-password@{rest}"
    refused = product.run("extract", CV, "--schema", "cv", env={"DATABASE_URL": wrong})
    assert refused.returncode == 1
    assert "refused the connection" in " ".join(refused.stderr.split())
    assert "not-the-password" not in refused.stderr + refused.stdout


CV_TEXT = "CURRICULUM VITAE\n\nName: {name}\n\nSkills: SQL, Django.\n"


def cv(name: str) -> bytes:
    return CV_TEXT.format(name=name).encode()


def bucket_of(objects: dict[str, Callable[[], Answer]]) -> Callable[[Request], Answer]:
    """A bucket that lists these keys, and answers each as it is told."""

    def answer(asked: Request) -> Answer:
        key = asked.path.removeprefix("/b").removeprefix("/")
        if not key:
            return page(sorted(objects)) if asked.query else Answer()
        return objects[key]()

    return answer


def extract_from(product: Product, answer: Callable[[Request], Answer]) -> subprocess.CompletedProcess[str]:
    with served(answer) as server:
        env = {
            "S3_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": "k",
            "AWS_SECRET_ACCESS_KEY": "s3cret-word",
        }
        done = product.run(
            "extract",
            "s3://b/in/",
            "--schema",
            "cv",
            env=env | {"AWS_REGION": "eu", "COUNTERSIGN_BUCKET": "b"},
        )
    assert "s3cret-word" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return done


def test_object_that_went_is_told_and_one_that_changed_is_done_as_it_is_now(product: Product):
    old, new = cv("Ada Before"), cv("Ida Afterwards")
    torn = iter([Answer(body=old[:20] + new[20 : len(old)] + old[len(new) :], etag=md5(old))])
    done = extract_from(
        product,
        bucket_of(
            {
                "in/changing.txt": lambda: next(torn, whole(new)),
                "in/gone.txt": lambda: refusal(404, "NoSuchKey"),
                "in/good.txt": lambda: whole(cv("Eve Constant")),
            }
        ),
    )
    assert done.returncode == 1
    lines = {line.split()[1].strip(":"): line for line in done.stderr.splitlines() if "/3 " in line}
    assert {key: line.split(": ")[1].partition(",")[0] for key, line in lines.items()} == {
        "in/changing.txt": "done",
        "in/gone.txt": "failed",
        "in/good.txt": "done",
    }
    assert "s3://b/in/gone.txt: not found (NoSuchKey)" in " ".join((done.stdout + done.stderr).split())
    with psycopg.connect(product.environment()["DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT etag, document_id FROM source WHERE key = 'in/changing.txt'"
        ).fetchall()
    assert rows == [(md5(new), hashlib.sha256(new).hexdigest())]


def test_bucket_that_goes_after_it_was_listed_is_told_for_each_document(product: Product):
    gone = {f"in/{name}.txt": lambda: refusal(404, "NoSuchBucket") for name in "ab"}
    done = extract_from(product, bucket_of(gone))
    assert done.returncode == 1
    said = " ".join((done.stdout + done.stderr).split())
    assert all(f"s3://b/{key}: not found (NoSuchBucket)" in said for key in gone)
