"""What a run is identified by keeps its values: an upgrade does no archive anew without a word in CHANGELOG.

The values were printed by commit daf6e99, but for the versions of the readers, which the reading of redlines, covers, forms and tables
changed on purpose, the weights, which read and judge own fields by evidence, and the prompts' digest, which version 2 of the prompts changed. Who changes one says in CHANGELOG what a backfill would redo.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.core.native.weights import weights_sha256
from tasks.core.prompts.digest import prompts_digest
from tasks.core.prompts.limits import AskLimits
from tasks.core.reading.version import READER_VERSION, TEXT_VERSION
from tasks.core.records import DocumentId, ModelIdentity, RunIdentity
from tasks.core.schema import load_schema, promise_of

MODELS = Path(__file__).parents[3] / "infra" / "deploy" / "triton" / "models"
SCHEMAS = {
    "cuad": "381e7e3ad551dd077a0295b648f67a10df4553fc11a2a7f9af530f3db53ee1c1",
    "cv": "77be7507ecfa201805c959871bcf73256b6f10b69be8e5e8bba5bac81bd1c05a",
    "investment": "abcf12cae51682bab3fffae6c516183a4b0fef16465e0eb835e6bc7ba4d33789",
    "medical": "6fccbad6af33fa2ea3b698e32c45cb9aa7f7bf7def388945f10c2350d813276e",
}
WEIGHTS = {
    "generator": "9a0bbfe885ee0014565c6eb8e5fcecb30c2626b2771f9e69707f0b6bfe95d059",
    "critic": "bb1d94c2edb6cc1a484dee813e245974f1d3bcfac9e9cc7fbac665dbd6494100",
    "fewshot": "d7ac5c427f3b488a840df0661c7a925d35a0e7afbdf83314fa83dc42a011bcaa",
}


@pytest.mark.parametrize(("name", "digest"), SCHEMAS.items())
def test_a_shipped_schema_keeps_its_digest(name: str, digest: str) -> None:
    assert load_schema(name).digest == digest


@pytest.mark.parametrize(("name", "digest"), WEIGHTS.items())
def test_a_shipped_model_keeps_the_digest_of_its_version(name: str, digest: str) -> None:
    assert weights_sha256(MODELS / name / "1") == digest


def test_the_prompts_keep_their_digest() -> None:
    assert prompts_digest(AskLimits()) == "b627834ec4869300f5fc4f385c095f38392bc08091b42a822fd89703237ea3b9"


def test_the_reader_keeps_its_version() -> None:
    assert (READER_VERSION, TEXT_VERSION) == ("reader-9+chunker-3", "text-2+chunker-3")


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
        promise_of(load_schema("cuad"), 0.95),
    )
    assert identity.key == key


def test_another_promise_is_another_run_of_an_own_schema_and_the_same_run_of_cuad() -> None:
    def keys(schema_name: str) -> set[str]:
        schema, models = load_schema(schema_name), (ModelIdentity("g", "1"), ModelIdentity("c", "1"))
        about = DocumentId("0" * 64), schema.digest, *models, "reader", 3
        return {RunIdentity(*about, promise_of(schema, setting)).key for setting in (0.9, 0.95)}

    assert (len(keys("investment")), len(keys("cuad"))) == (2, 1)
