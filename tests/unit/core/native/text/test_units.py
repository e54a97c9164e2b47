from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.native.text.units import MAX_CHARS, enumerator, is_heading, split_units

CLAUSE = (
    "8.1 Governing Law. This Agreement shall be governed by the laws of the State of New York. "
    "Each party submits to the courts of Acme Inc. in New York County; (a) venue is waived; and (b) no jury is asked for."
)


def texts(text: str) -> list[str]:
    return [u.of(text) for u in split_units(text)]


@given(st.text(alphabet="aB1 .;。；\n\t(第)", max_size=300))
def test_units_lie_in_order_without_overlap_or_outer_space(text: str) -> None:
    units = split_units(text)
    assert all(u.of(text) == u.of(text).strip() != "" for u in units)
    assert all(a.end <= b.start for a, b in pairwise(units))


@given(st.integers(1, 6), st.sampled_from(["word ", "word; ", "字"]))
def test_no_unit_is_longer_than_the_limit(times: int, piece: str) -> None:
    text = piece * (times * 400)
    assert max(len(t) for t in texts(text)) <= MAX_CHARS


@given(st.integers(40, 90))
def test_hard_wrapped_lines_give_the_units_of_the_running_text(width: int) -> None:
    words, lines = CLAUSE.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    wrapped = [" ".join(t.split()) for t in texts("\n".join(lines))]
    assert "".join(wrapped).replace(" ", "") == CLAUSE.replace(" ", "")
    assert "This Agreement shall be governed by the laws of the State of New York." in wrapped


def test_an_abbreviation_ends_no_sentence() -> None:
    assert "Each party submits to the courts of Acme Inc. in New York County;" in texts(CLAUSE)


def test_an_enumerator_after_a_semicolon_begins_a_unit() -> None:
    assert "(a) venue is waived; and" in texts(CLAUSE)
    assert "(b) no jury is asked for." in texts(CLAUSE)


def test_a_lone_enumerator_joins_what_follows() -> None:
    assert texts("(a)\n\nThe licence is perpetual.\n\n7\n\nNext page.") == [
        "(a)\n\nThe licence is perpetual.",
        "Next page.",
    ]


def test_a_sentence_broken_by_a_page_goes_on() -> None:
    assert texts("The term is five\n\n\nyears from the date hereof.") == [
        "The term is five\n\n\nyears from the date hereof."
    ]


def test_a_note_marker_behind_a_sentence_does_not_glue_it_to_the_next() -> None:
    assert texts("The fee is paid.12 The fund pays. Section 2.1 applies.* Notices follow.") == [
        "The fee is paid.12",
        "The fund pays.",
        "Section 2.1 applies.*",
        "Notices follow.",
    ]
    assert texts("收益按日计算。① 到期兑付。") == ["收益按日计算。①", "到期兑付。"]


def test_capitals_are_wider_so_that_their_full_lines_are_shorter() -> None:
    text = (
        "The parties have agreed on the following limits of what each of them may owe the other here.\n"
        "IN NO EVENT SHALL THE LIABILITY OF EITHER PARTY UNDER THIS\nAGREEMENT EXCEED THE FEES PAID IN THE LAST YEAR.\n"
        "These limits hold for every claim, whatever its ground, and for as long as the term goes on, too."
    )
    assert text.split("\n", 1)[1].rsplit("\n", 1)[0] in texts(text)


def test_a_bullet_begins_a_unit() -> None:
    assert texts(
        "Saltmarsh Ltd, engineer, August 2016 to this day\n• Built a calendar that six\nharbours use."
    ) == ["Saltmarsh Ltd, engineer, August 2016 to this day", "• Built a calendar that six\nharbours use."]


def test_chinese_sentences_are_units() -> None:
    assert texts("第三条 本金可能无法全额兑付。投资者应当知悉；收益不受保证！") == [
        "第三条 本金可能无法全额兑付。",
        "投资者应当知悉；",
        "收益不受保证！",
    ]


def test_headings_are_distinguished_from_sentences() -> None:
    headings = ("8.1 Governing Law.", "LIMITATION OF LIABILITY", "第三条 管辖法律", "5. Force majeure")
    assert all(map(is_heading, headings))
    assert not is_heading("This Agreement is governed by the laws of Ohio.") and not is_heading("x")


def test_enumerators_of_both_languages_are_seen() -> None:
    lines = ("2.1 Term", "(b) the fee", "Section 3 Fees", "第三条 期限", "① 本金", "The fee")
    assert [enumerator(line) for line in lines] == ["2.1", "(b)", "Section 3", "第三条", "①", ""]


def test_each_option_with_a_box_is_a_unit() -> None:
    text = (
        "9. Choice of Law (tick one). The parties agree as follows:\n"
        "☐ This Agreement and all disputes are governed by the laws of Utah.\n"
        "☒ This Agreement and all disputes are governed by the laws of\nNevada.\n"
        "☐ This Agreement and all disputes are governed by the laws of Hawaii."
    )
    options = [unit for unit in texts(text) if unit[0] in "☐☒"]
    assert [option[-7:] for option in options] == ["f Utah.", "Nevada.", "Hawaii."]


def test_options_in_one_line_are_units_after_their_full_stops() -> None:
    assert texts("☐ The laws of Utah apply. ☒ The laws of Nevada apply.") == [
        "☐ The laws of Utah apply.",
        "☒ The laws of Nevada apply.",
    ]
    within = "It is governed by the laws of ☐ Utah ☒ Nevada."
    assert texts(within) == [within]
