import json

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.answers import parse_answer, parse_critique
from tasks.core.answers.failure import CUT_OFF, OUTGROWN, REPEATED
from tests.unit.core.builders import small_schema

SCHEMA = small_schema("skills", "employers")


def answer(*items: object) -> str:
    return json.dumps({"items": list(items)})


def test_valid_items_become_candidates_in_order():
    parsed = parse_answer(
        answer({"field": "skills", "value": "Go", "quote": "Go"}, {"field": "employers", "quote": "Acme"}),
        SCHEMA,
    )
    assert [(c.field, c.value) for c in parsed.candidates] == [("skills", "Go"), ("employers", "Acme")]
    assert parsed.problems == ()


def test_small_talk_and_fences_around_one_object_are_taken_off():
    raw = "Sure! Here it is:\n```json\n" + answer({"field": "skills", "quote": "Go"}) + "\n```\n希望能帮到您!"
    assert len(parse_answer(raw, SCHEMA).candidates) == 1


def test_each_bad_item_is_a_finding_and_the_good_ones_stay():
    raw = answer(
        {"field": "hobbies", "quote": "x"},
        {"field": "skills", "quote": " "},
        {"field": "skills"},
        7,
        {"field": "skills", "quote": "Go"},
    )
    parsed = parse_answer(raw, SCHEMA)
    assert (len(parsed.candidates), len(parsed.problems)) == (1, 4)


def test_refusals_empty_answers_and_errors_are_findings():
    for raw in ("", "I cannot help with that.", '{"answer": 1}', '{"error": {"code": "internal"}}', "[1, 2]"):
        assert len(parse_answer(raw, SCHEMA).problems) == 1


def test_findings_about_answers_hold_no_answer_text():
    secret = "the parties agree in secret"
    parsed = parse_answer(answer({"field": secret, "quote": secret}), SCHEMA)
    assert secret not in parsed.problems[0].reason


@given(
    st.one_of(
        st.text(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda c: (
                st.lists(c, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["items", "field", "quote", "verdicts", "missing", "error"]),
                    c,
                    max_size=4,
                )
            ),
        ).map(json.dumps),
    )
)
def test_no_answer_raises_and_none_is_dropped_silently(raw: str):
    parsed = parse_answer(raw, SCHEMA)
    is_none = (
        "wrapper" in parsed.repairs
    )  # an empty list alone, or under another key, says that there is nothing
    assert parsed.candidates or parsed.problems or is_none or '"items": []' in raw
    parse_critique(raw)


def test_an_answer_that_repeated_itself_and_was_cut_says_so_and_keeps_what_came_before():
    good = '{"items": [{"field": "skills", "value": "Go", "quote": "Go"}, {"field": "employers", "quote": "'
    for loop in ("Acme and Acme and " * 20, " ".join(f"{n}." for n in range(1, 200)), r"\n\n" * 80):
        parsed = parse_answer(good + loop, SCHEMA)
        assert [c.value for c in parsed.candidates] == ["Go"]
        assert [p.reason for p in parsed.problems] == [REPEATED]
        whole = parse_answer(good + loop + '"}]}', SCHEMA)
        assert REPEATED not in [p.reason for p in whole.problems], "nothing was cut"


def test_an_answer_cut_in_a_value_that_outgrew_its_quote_says_so():
    rambling = " ".join(f"w{chr(97 + n % 26)}{chr(97 + n // 26)}rd" for n in range(150))
    raw = '{"items": [{"field": "skills", "quote": "Go", "value": "' + rambling
    assert [p.reason for p in parse_answer(raw, SCHEMA).problems] == [OUTGROWN]


def test_an_answer_that_was_merely_cut_says_that():
    raw = '{"items": [{"field": "skills", "value": "Go", "quote": "Go"}, {"field": "employers", "quote": "Acm'
    assert [p.reason for p in parse_answer(raw, SCHEMA).problems] == [CUT_OFF]
