"""What a user gets wrong: a clear message, a non-zero exit, nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    assert "turned us away" in " ".join(refused.stderr.split())
    assert "not-the-password" not in refused.stderr + refused.stdout
