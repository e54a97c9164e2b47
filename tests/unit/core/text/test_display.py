"""Texts on one line, values and counts for display."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.text.display import counted, one_line, shown_quote, shown_value, value_key

HANGUL = st.text(alphabet="대한민국계약서", min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("不得就此要求管理人补\n足。", "不得就此要求管理人补足。"),
        ("本计划连续九 \n  年实现", "本计划连续九年实现"),
        ("プリンシ\nパル", "プリンシパル"),
        ("甲方，\n乙方", "甲方，乙方"),
        ("协议（\n“甲方”）", "协议（“甲方”）"),
        ("协议，\nABC Ltd.", "协议，ABC Ltd."),
        ("ABC Ltd.\n（甲方）", "ABC Ltd.（甲方）"),
        ("使用\nPython", "使用 Python"),
        ("自 2026\n年起", "自 2026 年起"),
        ("张三 李四", "张三 李四"),
        ("张三\u3000李四", "张三 李四"),
        ("대한\n민국", "대한 민국"),
        ("계약。\n대한", "계약。 대한"),
        ("  The principal\n\tmay be lost.\n", "The principal may be lost."),
        ("naïve\nclause", "naïve clause"),
        ("", ""),
    ],
)
def test_line_end_is_a_blank_only_where_the_script_has_blanks(text: str, shown: str) -> None:
    assert one_line(text) == shown


@given(st.lists(HANGUL, min_size=1, max_size=5))
def test_korean_keeps_a_blank_for_every_line_end(words: list[str]) -> None:
    assert one_line("\n".join(words)) == " ".join(words)


@given(st.text())
def test_one_line_changes_nothing_but_white_space(text: str) -> None:
    line = one_line(text)
    assert "".join(line.split()) == "".join(text.split())
    assert line == one_line(line) and not set(line) & set("\n\r\t\f")


def test_long_text_ends_with_an_ellipsis_at_the_length_that_is_given() -> None:
    assert one_line("one two three", 7) == "one tw…"
    assert one_line("one two", 7) == "one two"


@pytest.mark.parametrize(
    ("value", "quote", "shown"),
    [
        ("二〇二三年六 月三十日", "签于二〇二三年六\n月三十日", "二〇二三年六月三十日"),
        ("张三 李四", "张三 李四\n王五", "张三 李四"),
        ('["补\\n足", "甲 乙"]', "", '["补足", "甲 乙"]'),
        ('{"rate": "4\\n%"}', "", '{"rate": "4 %"}'),
        ("补\n足", "", "补足"),
    ],
)
def test_value_is_shown_without_the_line_ends_of_its_quote(value: str, quote: str, shown: str) -> None:
    assert shown_value(value, quote) == shown


def test_values_that_read_the_same_have_one_key() -> None:
    assert value_key("补\n足") == value_key("补 足") == value_key("补足")
    assert value_key("the “Bank”") == value_key('the\n"Bank"')
    assert value_key("obliga-\ntion") == value_key("obligation")
    assert value_key("Bank") != value_key("BANK")


@pytest.mark.parametrize(
    ("number", "nouns", "shown"),
    [
        (1, ("batch", "batches"), "1 batch"),
        (0, ("batch", "batches"), "0 batches"),
        (1204, ("value",), "1,204 values"),
        (1, ("value",), "1 value"),
    ],
)
def test_one_is_counted_in_the_singular(number: int, nouns: tuple[str, ...], shown: str) -> None:
    assert counted(number, *nouns) == shown


@pytest.mark.parametrize(
    ("quote", "spans", "n_pages", "shown"),
    [
        ("shall assign", [[0, 6], [10, 16]], 1, "shall … assign"),  # of "shall not assign"
        ("shall assign", [[0, 12]], 1, "shall assign"),
        ("shall\nassign", [[0, 6], [6, 12]], 1, "shall assign"),
        ("shall assign", [[0, 6], [120, 126]], 2, "shall assign"),  # over the end of a page
        ("shall assign", [[0, 6], [10, 16]], 0, "shall … assign"),
        ("shall assign", [[0, 3]], 1, "shall assign"),  # spans of other words say nothing
        ("[erased 7]", [], 0, "[erased 7]"),
    ],
)
def test_quote_shows_where_it_leaves_words_out(
    quote: str, spans: list[list[int]], n_pages: int, shown: str
) -> None:
    assert shown_quote(quote, spans, n_pages) == shown
