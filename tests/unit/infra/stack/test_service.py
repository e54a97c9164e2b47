from __future__ import annotations

import pytest

from infra.stack.service import NAMED_BY, StackPart, given_parts


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("DATABASE_URL", {StackPart.POSTGRES}),
        ("S3_ENDPOINT_URL", {StackPart.S3}),
        ("AWS_ACCESS_KEY_ID", {StackPart.S3}),
        ("AWS_PROFILE", {StackPart.S3}),
        ("TRITON_URL", {StackPart.TRITON}),
        ("PREFECT_API_URL", {StackPart.PREFECT, StackPart.WORKER}),
        ("COUNTERSIGN_WEB_URL", {StackPart.WEB}),
        ("AWS_REGION", set()),
        ("AWS_CA_BUNDLE", set()),
    ],
)
def test_variable_names_its_parts(name: str, parts: set[StackPart]):
    assert given_parts({name: "something"}, {}) == parts


@pytest.mark.parametrize("name", sorted({name for names in NAMED_BY.values() for name in names}))
def test_own_or_empty_value_names_nobody(name: str):
    assert given_parts({name: "ours"}, {name: "ours"}) == frozenset()
    assert given_parts({name: ""}, {name: "ours"}) == frozenset()
    assert given_parts({name: "theirs"}, {name: "ours"})
