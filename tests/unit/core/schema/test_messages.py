"""Any file gives a schema, or an error with file, line and remedy."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import SchemaError
from tasks.core.schema.schema_file import MAX_FILE_BYTES, load_schema, parse_schema

HEAD = "name: lease\ntitle: Lease\nfields:\n"
RENT = "  - name: rent\n    title: Rent\n    description: What is paid.\n"
"""Lines 4 to 6 of a file that begins with HEAD."""


PAYER = "      - name: payer\n        title: Payer\n        description: Who pays.\n"
RECORD = RENT + "    type: record\n    parts:\n" + PAYER
"""Lines 4 to 11: the field's own keys to line 8, its one part from line 9."""


def error_of(text: str) -> str:
    with pytest.raises(SchemaError) as raised:
        parse_schema(text, "lease.yaml")
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD + RENT + RENT, 7, "field `rent`: has the same name as the entry on line 4: rename or remove"),
        (
            HEAD + RENT + "    type: sum\n",
            7,
            "`type` cannot be `sum`: write one of clause, text, name, date, money",
        ),
        (HEAD + RENT + "    cardinality: two\n", 7, "write one of one, many"),
        (HEAD + RENT + "    cue: [rent]\n", 7, "unknown key `cue`: did you mean `cues`?"),
        (HEAD + "  - name: rent\n    title: Rent\n", 4, "`description` is missing: add `description:`"),
        (HEAD + "  - title: Rent\n    description: d\n", 4, "field 1: `name` is missing: add `name:`"),
        ("name: lease\nfields:\n" + RENT, 1, "`title` is missing: add `title:`"),
        ("name: lease\ntitle: Lease\n", 1, "`fields` is missing"),
        (HEAD + RENT + '    "a\\rb": 1\n', 7, "unknown key `a b`"),
        ("name: lease\ntitle: Lease\nfields: []\n", 3, "`fields` is empty"),
        ("name: lease\ntitle: Lease\nfields:\n  rent: {title: Rent}\n", 3, "`fields` must be a list"),
        (HEAD + "  - monthly rent\n", 4, "field 1: must be a mapping with these keys: name, title"),
        (HEAD + RENT.replace("name: rent", "name: Monthly Rent"), 4, "write `monthly_rent`"),
        (HEAD + RENT + "    type: choice\n", 4, "add `choices: [...]`"),
        (HEAD + RENT + "    title: Again\n", 7, "`title` is written twice in one entry"),
        (HEAD + RENT + "    ? [a, b]\n    : c\n", 7, "a key must be text"),
        (HEAD + RENT + "    choices: [gas]\n", 4, "`choices` goes only with `type: choice`"),
        (HEAD + RENT + "    cues: rent\n", 7, "`cues` must be a list: `[one, two]`"),
        (
            HEAD + RENT + "    cues:\n      - rent\n      - '/(rent/'\n",
            9,
            "entry 2 of `cues`: the text between",
        ),
        (
            HEAD + RENT + "    examples:\n      - Rent: EUR 9\n",
            8,
            "the colon in it makes it a mapping: put the whole",
        ),
        (HEAD + RENT + "    examples: [[rent]]\n", 7, "must be text, but it is a list"),
        (HEAD + RENT + "    type:\n", 7, "`type` is empty: write one of clause, text"),
        (HEAD + RENT + "    examples:\n      -\n", 8, "`examples` is empty: write its text"),
        (HEAD + RENT.replace("title: Rent", "title: ''"), 5, "`title` is empty: write its text"),
        (HEAD + RENT + "    type: list\n", 4, "`items` is missing: add `items:` and one of text, name, date"),
        (HEAD + RENT + "    type: list\n    items: clause\n", 4, "`items` cannot be `clause`: write one of"),
        (HEAD + RENT + "    items: text\n", 4, "`items` goes only with `type: list`"),
        (HEAD + RENT + "    type: list\n    items: choice\n", 4, "add `choices: [...]`"),
        (HEAD + RENT + "    type: record\n", 4, "`parts` is missing: add `parts:`"),
        (HEAD + RENT + "    parts:\n" + PAYER, 4, "`parts` goes only with `type: record`"),
        (HEAD + RECORD + PAYER, 12, "field `rent`, part `payer`: has the same name as the entry on line 9"),
        (HEAD + RECORD + "        cues: [pays]\n", 12, "field `rent`, part `payer`: unknown key `cues`"),
        (HEAD + RECORD + "        type: sum\n", 12, "field `rent`, part `payer`: `type` cannot be `sum`"),
        (HEAD + RECORD + "        type: record\n", 9, "part `payer`: a part cannot be a record"),
        (HEAD + RECORD + "        required: perhaps\n", 12, "`required` must be `true` or `false`"),
        (HEAD + RECORD + "      - title: Payee\n        description: d\n", 12, "part 2: `name` is missing"),
        (HEAD + RECORD + "        choices: [a, '']\n", 12, "part `payer`, entry 2 of `choices`"),
        (
            HEAD + RENT + "    examples:\n      - {text: a b, value: c}\n",
            8,
            "`value` must be words of `text`",
        ),
        (
            HEAD + RENT + "    examples:\n      - {text: a b}\n",
            8,
            "entry 1 of `examples`: `value` is missing",
        ),
        (
            HEAD + RENT + "    examples: [{text: a, value: a, Text: a}]\n",
            7,
            "unknown key `Text`: did you mean `text`?",
        ),
        (
            HEAD + RENT + "    examples: [{text: a, value: [a]}]\n",
            7,
            "`value` must be text, but it is a list",
        ),
        (
            HEAD + RENT + "    cues:\n      - '/(a+)\\1/'\n",
            8,
            "field `rent`, entry 1 of `cues`: this pattern could hold up every document: `\\1` cannot be searched",
        ),
        (HEAD + RENT + "    cues: ['/a{100000}/']\n", 7, "a match would have more than 20,000 characters"),
        (HEAD + RENT + "promise: 97\n", 7, "`promise` cannot be `97`: write a number above 0.5 and below 1"),
        (HEAD + RENT + "promise: nan\n", 7, "`promise` cannot be `nan`: write a number above 0.5"),
        (HEAD + RENT + "promise: [0.9]\n", 7, "`promise` must be a number above 0.5"),
        (
            HEAD + RENT + "promise: 0.9\nbar: 1.1\n",
            8,
            "`bar` cannot be `1.1`: write a number above 0 and at most 1",
        ),
        (HEAD + RENT + "promise: 0.9\nbar: true\n", 8, "`bar` cannot be `true`: write a number"),
        (HEAD + RENT + "bar: 0.8\n", 7, "`bar` keeps one promise: write `promise`, too"),
        (
            HEAD + RENT + "checks:\n  - rent > 0\n  - rents > 0\n",
            9,
            "entry 2 of `checks`: no field is called `rents`: did you mean `rent`?",
        ),
        (
            HEAD + RENT + "checks: [rent = 3]\n",
            7,
            "entry 1 of `checks`: write `==` for equal",
        ),
        (HEAD + RENT + "checks: rent > 3\n", 7, "`checks` must be a list"),
        (
            HEAD + RENT + "    type: record\n    parts: [payer]\n",
            8,
            "field `rent`, part 1: must be a mapping",
        ),
    ],
)
def test_an_error_names_line_and_remedy(text: str, line: int, words: str) -> None:
    message = error_of(text)
    assert message.startswith(f"lease.yaml:{line}: ") and words in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD + RENT + "    examples: [a\n    type: text\n", 8, "a `[` is opened and not closed"),
        (
            HEAD + RENT.replace("What is", "Not this: what is"),
            6,
            "a colon and a space in it must be in quotes",
        ),
        (HEAD + RENT + "\t- name: b\n", 7, "indent with spaces"),
        (HEAD + RENT + '    cues: ["/\\d+/"]\n', 7, "write a backslash twice"),
        (HEAD + RENT + "    cues: [*rent]\n", 7, "begins with `*` must be in quotes"),
        (HEAD + RENT + "    cues: [@rent]\n", 7, "must be in quotes"),
        (HEAD + RENT + '    cues: ["rent]\n', 8, "a quotation mark is opened"),
        (HEAD + RENT + "   type: text\n", 7, "check the indentation"),
        (HEAD + RENT + "---\nname: b\n", 7, "one file holds one schema"),
        (HEAD + "  - name: \x01\n", 1, "control character"),
    ],
)
def test_invalid_yaml_is_refused_with_line_and_remedy(text: str, line: int, words: str) -> None:
    message = error_of(text)
    assert message.startswith(f"lease.yaml:{line}: not valid YAML") and words in message


@pytest.mark.parametrize("text", ["", "lease", "- lease", "12", "# only a comment\n"])
def test_a_file_that_is_not_a_mapping_is_refused(text: str) -> None:
    assert error_of(text) == "lease.yaml:1: a schema is a mapping with `name`, `title` and `fields`"


def test_problems_are_listed_together_in_the_order_of_the_file() -> None:
    text = (
        "titel: Lease\nname: lease\nfields:\n"
        + RENT
        + "    kind: text\n"
        + RENT.replace("description", "descr")
    )
    lines = [int(line.split(":")[1]) for line in error_of(text).splitlines()]
    assert lines == [1, 1, 7, 8, 10]


def test_many_problems_are_counted_not_listed() -> None:
    text = HEAD + "".join(f"  - name: rent_{i}\n    title: Rent\n" for i in range(25))
    assert error_of(text).splitlines()[20:] == ["lease.yaml: and 5 more"]


def test_nested_aliases_are_refused_at_once() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
    )
    assert "more than 100,000 entries after expanding aliases" in error_of(bomb)


@pytest.mark.parametrize(
    "text", ["a: " + "[" * 5000, "a: &a [*a]\n"], ids=["brackets", "a list within itself"]
)
def test_deep_nesting_is_refused(text: str) -> None:
    assert "nested too deeply" in error_of(text)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name: Pacht\ntitle: Grundstück\n".encode("latin-1"), "not UTF-8 text"),
        (b"#" * (MAX_FILE_BYTES + 1), "is this a schema file?"),
    ],
    ids=["latin-1", "large"],
)
def test_a_file_that_is_too_large_or_not_utf8_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "lease.yaml"
    path.write_bytes(content)
    with pytest.raises(SchemaError, match=re.escape(words)):
        load_schema(str(path))


@pytest.mark.parametrize("name", ["nosuch", "", ".", "../schemas/cuad", "cuad.yaml", "a" * 300, "\0"])
def test_an_unknown_name_gets_the_list_of_names(name: str) -> None:
    with pytest.raises(SchemaError, match=r"built-in schema \(cuad, cv, investment, medical\)"):
        load_schema(name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WHOLE = json.loads(
    '{"name": "lease", "title": "Lease", "fields": [{"name": "rent", "title": "Rent", "description": "What is paid."}]}'
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["name", "title", "description", "languages", "fields", "other"]), JSON)
def test_no_value_of_a_schemas_key_raises_another_error(key: str, value: Any) -> None:
    only_schema_error(json.dumps({**WHOLE, key: value}))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["checks", "promise", "bar"]),
    JSON | st.lists(st.text(alphabet="rent<>=()+*,.1 [a", max_size=20)),
)
def test_no_check_and_no_promise_raises_another_error(key: str, value: Any) -> None:
    only_schema_error(json.dumps({**WHOLE, key: value}))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["name", "type", "cardinality", "choices", "examples", "cues", "trained_as", "other"]),
    JSON | st.lists(st.fixed_dictionaries({"text": JSON, "value": JSON}), max_size=2),
)
def test_no_value_of_a_fields_key_raises_another_error(key: str, value: Any) -> None:
    only_schema_error(json.dumps({**WHOLE, "fields": [{**WHOLE["fields"][0], key: value}]}))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@,? \n\t\\", max_size=40))
def test_no_text_raises_another_error(text: str) -> None:
    only_schema_error(text)


def only_schema_error(text: str) -> None:
    """The text parses, or the error names a line of the file."""
    try:
        assert parse_schema(text, "lease.yaml").fields
    except SchemaError as error:
        for line in str(error).splitlines():
            match = re.match(r"lease\.yaml:(\d+): \S", line)
            assert match and 1 <= int(match.group(1)) <= text.count("\n") + 1, line
