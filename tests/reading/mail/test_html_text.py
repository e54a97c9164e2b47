"""The text of an HTML mail is what its reader sees."""

from __future__ import annotations

import pytest

from tasks.core.reading.mail.html_text import html_text


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>secret()</script>",
        "<style>.secret{}</style>",
        "<!-- secret -->",
        "<div style='display: none'>secret</div>",
        "<div style='DISPLAY:NONE !important'>secret</div>",
        "<span style='font-size:0px;color:red'>secret</span>",
        "<span style='visibility:hidden'>secret</span>",
        "<p hidden>secret</p>",
        "<div style='max-height:0;overflow:hidden'>secret</div>",
        "<style>.pre{display:none}</style><p class='pre x'>secret</p>",
        "<template>secret</template>",
        "<noscript>secret</noscript>",
        "<title>secret</title>",
    ],
)
def test_what_is_not_shown_is_no_text(hidden: str) -> None:
    assert html_text(f"<p>One.</p>{hidden}<p>Two.</p>").text.split() == ["One.", "Two."]


def test_hidden_words_are_told_and_an_empty_preheader_is_not() -> None:
    assert html_text("<p>a</p><p style='display:none'>b</p>").has_hidden
    assert not html_text("<p>a</p><p style='display:none'>\u200c\u00a0</p>").has_hidden


def test_style_of_print_hides_nothing() -> None:
    assert "shown" in html_text("<style>@media print{.x{display:none}}</style><p class=x>shown</p>").text


def test_font_size_that_begins_with_zero_is_shown() -> None:
    assert "shown" in html_text("<p style='font-size:0.9em'>shown</p>").text


@pytest.mark.parametrize(
    "struck",
    [
        "<s>five</s>",
        "<del>five</del>",
        "<strike>five</strike>",
        "<span style='text-decoration: line-through red'>five</span>",
        "<b style='text-decoration-line:line-through'><i>five</i></b>",
        "<style>.old{text-decoration:line-through}</style><span class=old>five</span>",
    ],
)
def test_struck_words_have_their_range(struck: str) -> None:
    page = html_text(f"<p>Pay {struck} six.</p>")
    assert page.text.strip() == "Pay five six."
    assert [page.text[span.start : span.end] for span in page.struck] == ["five"]


def test_struck_words_in_a_table_have_their_range() -> None:
    page = html_text(
        "<table><tr><td>Term</td><td><s>12</s> 24</td></tr><tr><td><s>Law</s></td><td>none</td></tr></table>"
    )
    assert [page.text[span.start : span.end] for span in page.struck] == ["12", "Law"]


@pytest.mark.parametrize(
    "page", ["", "   ", "<!-- only a comment -->", "<?xml version='1.0' encoding='x'?><p></p>"]
)
def test_page_without_text_is_empty(page: str) -> None:
    assert html_text(page).text.strip() == ""


def test_text_deep_inside_long_replies_is_read() -> None:
    depth = 300
    assert html_text("<div>" * depth + "deep" + "</div>" * depth + "after").text.split() == ["deep", "after"]
