"""New examples are written into a schema's file; every other character of it stays."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.cli.schema.new_examples import with_examples
from tasks.core.errors import ConfigurationError
from tasks.core.schema import MarkedExample, builtin_schemas, parse_schema
from tasks.core.schema.schema_file import BUILTIN_DIR

HEAD = "# ours\nname: s   # short\ntitle: S\nfields:\n"
FIELD = "  - name: rent\n    title: Rent\n    description: >-\n      What is\n      paid.\n"
LAST = "  # the last\n  - {name: day, title: Day, description: d, type: date}  # of signing\n"
NEW = MarkedExample(text='The "rent": EUR 9, each\tmonth.', value="EUR 9")
FLOW = '{text: "The \\"rent\\": EUR 9, each\\tmonth.", value: "EUR 9"}'
BLOCK = ['- text: "The \\"rent\\": EUR 9, each\\tmonth."', 'value: "EUR 9"']


def added(text: str, name: str = "rent") -> list[str]:
    """The lines that are new, after checking that no other line changed."""
    new = with_examples(text, "s.yaml", {name: [NEW]})
    examples = parse_schema(new, "s.yaml").field(name).examples
    assert examples == (*parse_schema(text, "s.yaml").field(name).examples, NEW)
    changes = list(difflib.ndiff(text.splitlines(True), new.splitlines(True)))
    kept = "".join(c[2:] for c in changes if c[0] == " ")
    assert len(kept.splitlines()) >= len(text.splitlines()) - 1
    return [c[2:].rstrip() for c in changes if c[0] == "+"]


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        ("", ["    examples:", f"      {BLOCK[0]}", f"        {BLOCK[1]}"]),
        ("    examples:\n      - one: two\n".replace("one: two", "'one'"), [f"      {BLOCK[0]}", f"        {BLOCK[1]}"]),
        ("    examples:\n    - one  # a remark\n\n    # more\n", [f"    {BLOCK[0]}", f"      {BLOCK[1]}"]),
        ("    examples:\n      - text: a b\n        value: b\n    cues: [x]\n", [f"      {BLOCK[0]}", f"        {BLOCK[1]}"]),
        ("    examples: [one]  # a remark\n", [f"    examples: [one, {FLOW}]  # a remark"]),
        ("    examples: []\n", [f"    examples: [{FLOW}]"]),
        ("    examples: [one,\n      two]\n", [f"      two, {FLOW}]"]),
        ("    type: money\n    cues:\n      - rent\n\n", ["    examples:", f"      {BLOCK[0]}", f"        {BLOCK[1]}"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("after", ["", LAST])
def test_an_example_is_added_in_the_style_of_the_file(keys: str, lines: list[str], after: str) -> None:
    assert added(HEAD + FIELD + keys + after) == lines


def test_a_field_in_braces_stays_in_braces() -> None:
    (line,) = added(HEAD + FIELD + LAST, "day")
    assert line == LAST.splitlines()[1].replace("date}", f"date, examples: [{FLOW}]}}")


def test_ends_of_lines_and_a_file_without_a_last_one_stay() -> None:
    windows = (HEAD + FIELD).replace("\n", "\r\n").removesuffix("\r\n")
    new = with_examples(windows, "s.yaml", {"rent": [NEW, NEW]})
    assert new.startswith(windows) and new.count("\n") == new.count("\r\n")
    assert parse_schema(new, "s.yaml").field("rent").examples == (NEW, NEW)


def test_a_list_that_two_fields_share_is_not_changed() -> None:
    text = HEAD + FIELD + "    examples: &e [one]\n  - {name: day, title: D, description: d, examples: *e}\n"
    with pytest.raises(ConfigurationError, match="Nothing was changed; add this by hand"):
        with_examples(text, "s.yaml", {"day": [NEW]})


@pytest.mark.parametrize("name", builtin_schemas())
def test_every_field_of_a_shipped_schema_can_be_added_to(name: str) -> None:
    text = (BUILTIN_DIR / f"{name}.yaml").read_text(encoding="utf-8")
    old = parse_schema(text, name)
    new = with_examples(text, name, {field.name: [NEW] for field in old.fields})
    for before, after in zip(old.fields, parse_schema(new, name).fields, strict=True):
        assert after == before.model_copy(update={"examples": (*before.examples, NEW)})
    lines = iter(new.replace(f", {FLOW}]", "]").splitlines())
    assert all(line in lines for line in text.splitlines()), "every line stays, in its place"


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t"), min_size=1, max_size=20
)


@given(WORDS, WORDS, WORDS)
def test_any_words_are_read_back_as_they_were(before: str, value: str, after: str) -> None:
    example = MarkedExample(text=before + value + after, value=value)
    new = with_examples(HEAD + FIELD + LAST, "s.yaml", {"rent": [example], "day": [example]})
    assert parse_schema(new, "s.yaml").field("day").examples == (example,)
