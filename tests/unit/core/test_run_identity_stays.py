"""What a run is identified by keeps its values: an upgrade does no archive anew without a word in CHANGELOG.

The values were printed by commit daf6e99, but for the versions of the readers and the prompts' digest, which the reading of redlines, covers,
forms and tables changed on purpose. Who changes one says in CHANGELOG what a backfill would redo.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.core.native.weights import weights_sha256
from tasks.core.prompts.digest import prompts_digest
from tasks.core.prompts.limits import AskLimits
from tasks.core.reading.version import READER_VERSION, TEXT_VERSION
from tasks.core.records import DocumentId, ModelIdentity, RunIdentity
from tasks.core.schema import load_schema

MODELS = Path(__file__).parents[3] / "infra" / "deploy" / "triton" / "models"
SCHEMAS = {
    "cuad": "381e7e3ad551dd077a0295b648f67a10df4553fc11a2a7f9af530f3db53ee1c1",
    "cv": "f4da211da40a788117cc24990b634659faa0a3d48ab92d2802a677e76141e8db",
    "investment": "7d1f9ae30e6ef56fb7039e7ed621ac07c0fb910356e06ba9aa3e558ca53ec965",
    "medical": "6fccbad6af33fa2ea3b698e32c45cb9aa7f7bf7def388945f10c2350d813276e",
}
WEIGHTS = {
    "generator": "99803b273dfb86ab64a208eb16edbde3792894e51bc5ae395d47f6bab8766b97",
    "critic": "9570678538fec23e78a6ed4fef26944004ffb7f9dccb50baa34eb326ec72c6c5",
    "fewshot": "5b698a009702ca3b8b7234c5557c0addf4a126db8d824fbe75a946022f93150e",
}


@pytest.mark.parametrize(("name", "digest"), SCHEMAS.items())
def test_a_shipped_schema_keeps_its_digest(name: str, digest: str) -> None:
    assert load_schema(name).digest == digest


@pytest.mark.parametrize(("name", "digest"), WEIGHTS.items())
def test_a_shipped_model_keeps_the_digest_of_its_version(name: str, digest: str) -> None:
    assert weights_sha256(MODELS / name / "1") == digest


def test_the_prompts_keep_their_digest() -> None:
    assert prompts_digest(AskLimits()) == "94441fdb9edb3ffd0619110120a1210af3d348d83141decaa376c17a83bf67c9"


def test_the_reader_keeps_its_version() -> None:
    assert (READER_VERSION, TEXT_VERSION) == ("reader-6+chunker-3", "text-2+chunker-3")


@pytest.mark.parametrize(
    ("critic", "key"),
    [
        (
            ModelIdentity("critic", "1-" + "b" * 12),
            "a8218b6fae89798e70faae925927c61e6e64633d1c5c4e955c428b2998f93a77",
        ),
        (None, "bb2f0c6bec6acf95b9066968afe196eb4599ecea10b65f1f3f5f1b93903651b2"),
    ],
)
def test_a_run_keeps_its_key(critic: ModelIdentity | None, key: str) -> None:
    identity = RunIdentity(
        DocumentId("0" * 64),
        load_schema("cuad").digest,
        ModelIdentity("generator", "1-" + "a" * 12),
        critic,
        "reader-5+chunker-3+x",
        3,
    )
    assert identity.key == key
