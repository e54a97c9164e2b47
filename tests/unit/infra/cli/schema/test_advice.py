"""What `schema check` says of a schema without looking into a document, and what documents show."""

from __future__ import annotations

import pytest

from infra.cli.schema.advice import advice_on, trial_advice
from infra.cli.schema.trial import Trial
from tasks.core.schema import Schema, builtin_schemas, load_schema, parse_schema

FIELD = "  - {{name: {name}, title: T, description: d, type: {kind}{more}}}\n"


def schema_of(*fields: tuple[str, str, str], more: str = "") -> Schema:
    """Fields as (name, type, other keys)."""
    rows = [FIELD.format(name=n, kind=k, more=f", {m}" if m else "") for n, k, m in fields]
    return parse_schema("name: s\ntitle: S\nfields:\n" + "".join(rows) + more, "s.yaml")


def remarks(schema: Schema) -> list[tuple[str, bool, str]]:
    return [(a.field, a.is_problem, a.words) for a in advice_on(schema)]


@pytest.mark.parametrize("name", builtin_schemas())
def test_a_shipped_schema_has_no_problem(name: str) -> None:
    assert [a for a in advice_on(load_schema(name)) if a.is_problem] == []


def test_a_field_without_cue_and_example_has_no_sign_to_go_by() -> None:
    ((field, is_problem, words),) = remarks(schema_of(("rent", "money", "")))
    assert (field, is_problem) == ("rent", True) and "no sign to go by" in words
    assert (
        remarks(schema_of(("rent", "money", "cues: [rent]"), ("day", "date", "examples: [on 1 May 2026]")))
        == []
    )


@pytest.mark.parametrize(
    ("kind", "keys", "words"),
    [
        ("text", "cues: [landlord]", "a cue of plain words is the value itself"),
        ("list", "items: text, cues: [landlord]", "a cue of plain words is the value itself"),
        ("text", "cues: ['/let by .+/']", "entry 1 of `cues` has no group"),
    ],
)
def test_a_text_whose_cue_would_be_its_value_is_doubted(kind: str, keys: str, words: str) -> None:
    ((_, is_problem, said),) = remarks(schema_of(("landlord", kind, keys)))
    assert words in said and not is_problem


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("name", "cues: [landlord]"),
        ("money", "cues: [landlord]"),
        ("text", "cues: ['/let by (.+)/']"),
        ("text", "cues: [landlord], examples: [{text: the landlord is Elm Ltd, value: Elm Ltd}]"),
        ("text", "examples: [let by Elm Ltd]"),
    ],
)
def test_a_field_whose_value_stands_beside_its_cue_is_not_doubted(kind: str, keys: str) -> None:
    assert remarks(schema_of(("landlord", kind, keys))) == []


def test_a_cue_of_two_fields_of_one_type_is_told() -> None:
    said = remarks(
        schema_of(
            ("rent", "money", "cues: [a, “Rent”]"),
            ("fee", "money", "cues: ['\"rent\"']"),
            ("day", "date", "cues: [a]"),
        )
    )
    assert said == [("fee", False, "entry 1 of `cues` is also a cue of `rent`: both want the same values")]


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("start < rent", "`start` is a date and `rent` a sum of money: they cannot be compared"),
        ("who == 1", "`who` is of type `name`"),
        ("parts <= rent", "`parts` has several values: write sum(parts)"),
    ],
)
def test_a_check_of_wrong_types_is_a_problem(check: str, words: str) -> None:
    fields = [
        ("start", "date", "cues: [a]"), ("rent", "money", "cues: [b]"), ("who", "name", "cues: [c]"),
        ("parts", "list", "items: money, cues: [d]"),
    ]  # fmt: skip
    ((field, is_problem, said),) = remarks(schema_of(*fields, more=f"checks: ['{check}']\n"))
    assert (field, is_problem) == ("", True) and words in said
    for right in ("sum(parts) <= rent * 2", "len(who) <= 2", "rent > 0", "start - 3 < start"):
        assert remarks(schema_of(*fields, more=f"checks: ['{right}']\n")) == []


def test_documents_show_cues_that_find_nothing_and_fields_that_share_a_value() -> None:
    schema = schema_of(
        ("rent", "money", "cues: [a, b, c, d]"), ("fee", "money", "cues: [e]"), ("day", "date", "cues: [f], examples: [g]"),
        ("law", "clause", "trained_as: cuad/law"),
    )  # fmt: skip
    trials = [
        Trial("one.pdf", hits={("rent", 1): 2}, shared=frozenset({("rent", "fee")})),
        Trial("two.pdf", hits={("rent", 3): 1}, slow={"rent": (4,)}),
    ]
    said = [
        (a.field, a.path[-1], a.is_problem, a.words.split(":")[0])
        for a in trial_advice(schema, trials, ("cuad/governing_law",))
    ]
    assert said == [
        ("rent", 3, True, "entry 4 of `cues` takes too long on these documents"),
        ("rent", 1, False, "entry 2 of `cues` finds nothing in these documents"),
        ("fee", 1, True, "no sign to go by in these documents"),
        ("day", 0, False, "entry 1 of `cues` finds nothing in these documents"),
        ("law", "trained_as", True, "the models have no part that was trained as `cuad/law`"),
        ("rent", 0, False, "its cues stand nearest to a value that `fee` wants, too"),
    ]
