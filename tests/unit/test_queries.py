"""Every named query says its purpose; JSON keeps everything but what PostgreSQL cannot hold."""

import json
import re
from pathlib import Path

import pytest

from tasks.postgres.queries import QUERIES_DIR, as_json, query

FILES = sorted(QUERIES_DIR.glob("*.sql"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_named_query_has_a_line_of_purpose(file: Path):
    queries = re.findall(r"^-- name: (\w+)\n(.*)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert queries
    assert [name for name, purpose in queries if not re.match(r"-- \w", purpose)] == []
    assert all(query(file.stem, name) for name, _ in queries)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_named_query_is_one_statement_that_can_stand_within_another(file: Path):
    for name in re.findall(r"^-- name: (\w+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE):
        lines = query(file.stem, name).decode().splitlines()
        assert not lines[-1].startswith("--"), name
        assert ";" not in "".join(line for line in lines if not line.lstrip().startswith("--")), name


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ({"a\0": ["b\0"]}, {"a\u2400": ["b\u2400"]}),
        (["\ud800", {"k": "x\udfff"}], ["\ufffd", {"k": "x\ufffd"}]),
        ({"k": "\\u0000"}, {"k": "\\u0000"}),
        ({"k": ("合同", 1.5, None, True)}, {"k": ["合同", 1.5, None, True]}),
    ],
)
def test_json_holds_what_was_given_but_for_what_no_text_column_takes(given: object, held: object):
    assert json.loads(as_json(given)) == held


def test_number_without_a_word_in_json_raises_value_error():
    with pytest.raises(ValueError, match="JSON"):
        as_json([float("nan")])
