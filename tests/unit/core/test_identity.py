from dataclasses import replace

from tasks.core.records import DocumentId, ModelIdentity, RunIdentity, SchemaDigest

IDENTITY = RunIdentity(
    DocumentId("d"),
    SchemaDigest("s"),
    ModelIdentity("generator", "1-a"),
    ModelIdentity("critic", "1-b"),
    "r",
    3,
)


def test_equal_identities_have_one_key():
    assert IDENTITY.key == replace(IDENTITY).key


def test_everything_that_decides_a_result_changes_the_key():
    changed = [
        replace(IDENTITY, document_id=DocumentId("e")),
        replace(IDENTITY, schema_digest=SchemaDigest("t")),
        replace(IDENTITY, generator=ModelIdentity("generator", "2-a")),
        replace(IDENTITY, critic=None),
        replace(IDENTITY, reader_version="q"),
        replace(IDENTITY, max_rounds=2),
        replace(IDENTITY, promise=0.95),
        replace(IDENTITY, promise=0.97),
    ]
    assert len({i.key for i in [IDENTITY, *changed]}) == len(changed) + 1
