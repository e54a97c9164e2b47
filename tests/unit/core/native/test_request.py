import json
from typing import Any

import pytest

from tasks.core.native.request import parse_json, read_request
from tests.unit.core.native.scenes import DEAL, body

SCHEMA = {"name": "mine", "fields": [{"name": "a", "cues": ['"}', "\\"]}]}
TEXTS = [
    json.dumps(
        {"task": "critique", "schema": SCHEMA, "chunk": {"text": "Größe 尺寸"}}, separators=(",", ":")
    ),
    json.dumps(
        {"task": "generate", "schema": {**SCHEMA, "name": "mine2"}, "round": 2}, separators=(",", ":")
    ),
    '{"task":"generate","schema":{"name":"mine"}}',
    '{"task":"generate","schema":{"name":"mine"},"schema":{"name":"last"}}',
    '{"task":"generate","schema":null,"round":1}',
    '{"schema":{"name":"mine"},"task":"generate"}',
    '["schema"]',
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_request_reads_the_same_whether_its_schema_was_seen_or_not(text: str) -> None:
    assert parse_json(text) == parse_json(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    ['{"task":"generate","schema":{"name":"mine"}', '{"task":"generate","schema":{"name":"mine"}}}', "{"],
)
def test_broken_json_is_refused_whether_its_schema_was_seen_or_not(text: str) -> None:
    parse_json('{"task":"generate","schema":{"name":"mine"}}')
    with pytest.raises(ValueError):
        parse_json(text)


def test_requests_of_one_schema_share_its_object() -> None:
    first, second = (
        parse_json(f'{{"task":"generate","schema":{{"name":"one"}},"round":{n}}}') for n in (1, 2)
    )
    assert first["schema"] is second["schema"] and first["round"] != second["round"]


@pytest.mark.parametrize(
    ("chunk", "is_first"),
    [
        ({"index": 0}, True),
        ({"index": 2}, False),
        ({"index": 2, "opens_agreement": True}, True),
        ({"index": 0, "kind": "note"}, False),
        ({"index": 2, "opens_agreement": True, "kind": "note"}, False),
    ],
)
def test_names_are_sought_where_an_agreement_begins(chunk: dict[str, Any], is_first: bool) -> None:
    request = body(DEAL, "generate", ("body", "This Lease is made by Tarn AB."))
    request["chunk"] |= chunk
    assert read_request(request).is_first_chunk is is_first
