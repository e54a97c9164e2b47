"""Text from outside is shown literally on Prefect's page."""

import pytest

from tasks.core.text.markdown import bar_chart, code, link, literal, table_cell, table_cells

HOSTILE = "[x](javascript:alert(1)) | `a` <img src=x onerror=alert(1)>.pdf"


def test_every_mark_of_prose_is_escaped():
    assert literal("a_b*c [x](y) <b> | #1 \\") == r"a\_b\*c \[x\]\(y\) \<b\> \| \#1 \\"


def test_letters_of_any_script_stay_as_they_are():
    assert literal("合同 résumé 12") == "合同 résumé 12"


@pytest.mark.parametrize("key", [HOSTILE, "``", "a`", "`b", "a``b`c"])
def test_code_span_ends_only_at_its_own_fence(key: str):
    span = code(key)
    fence = span[: len(span) - len(span.lstrip("`"))]
    inner = span[len(fence) : -len(fence)]
    assert span.endswith(fence) and fence not in inner
    assert inner.strip(" ") == key


def test_line_ends_and_direction_marks_do_not_end_a_line():
    assert code("a\n\n# b\u202egpj.exe") == "`a # b gpj.exe`"


def test_empty_text_makes_no_empty_code_span():
    assert code(" \n") == ""


def test_link_cannot_be_ended_by_its_address():
    assert link("page", "https://h/a b)(c.html") == "[page](https://h/a%20b%29%28c.html)"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "s3://b/k.html", "file:///k.html", "https://"])
def test_only_web_addresses_become_links(address: str):
    assert link("page", address) == f"page: `{address}`"


def test_cell_of_a_table_has_no_link_image_or_tag():
    assert table_cell(HOSTILE) == r"[x]\(javascript:alert(1)) | `a` \<img src=x onerror=alert(1)>.pdf"


@pytest.mark.parametrize(("key", "shown"), [(r"\<b>", r"\\\<b>"), (r"\\<b>", r"\\\\\<b>"), ("<<b", r"\<\<b")])
def test_backslash_in_a_key_does_not_undo_the_escape(key: str, shown: str):
    assert table_cell(key) == shown


def test_usual_keys_are_not_touched_in_tables():
    assert (
        table_cell("inbox/[Executed] MSA_2020 (final) & co.pdf")
        == "inbox/[Executed] MSA_2020 (final) & co.pdf"
    )


def test_numbers_of_a_row_stay_numbers():
    assert table_cells([{"key": "<a", "n": 3}]) == [{"key": r"\<a", "n": 3}]


def test_smallest_count_has_a_block_and_zero_has_no_row():
    chart = bar_chart("status", {"failed": 1, "postponed": 0, "done": 1000}, width=10)
    assert chart.splitlines()[2:] == ["| failed | 1 | █ |", "| done | 1,000 | ██████████ |"]


def test_chart_of_nothing_is_empty():
    assert bar_chart("status", {"done": 0}) == ""
