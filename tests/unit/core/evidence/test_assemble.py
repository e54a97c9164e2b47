"""The page of a run shows what is stored, and says what its reader must know of it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from tasks.core.evidence.assemble import assembled
from tasks.core.evidence.page import DocumentForm, EvidencePage, Notice, NoticeCode
from tasks.core.evidence.request import MAX_PAGES_DRAWN, MAX_PAGES_OF_TEXT, picture_request
from tasks.core.evidence.stored import StoredEvidence, StoredReview
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.loop.state import RunState
from tasks.core.reading.pictures.records import BoxedPlace, PageBox, PagePicture, PagesSeen, PlaceKind
from tasks.core.records import (
    Agreement,
    ChunkKind,
    Citation,
    Extraction,
    ExtractionStatus,
    FieldName,
    Footnote,
    Mark,
    MarkKind,
    MatchKind,
    ModelAnswer,
    NoteReference,
    Part,
    RoundRecord,
    RunId,
    Span,
    Stage,
    TableCell,
)
from tests.unit.core.builders import body_chunk, small_schema
from tests.unit.core.evidence.test_chunk_trail import draft, judged
from tests.unit.core.evidence.trails import AT, TEXT, cited, reading, stored, value

DRAWN = PagesSeen((PagePicture(1, "image/webp", 10, 20, b"x"),))
PYTHON = Span(0, 6)


def run(key: str = "deals/a.pdf", n_pages: int = 1, **seen: Any) -> StoredEvidence:
    record = RoundRecord(1, (draft(1, "Flask", "Python"), judged(1, 0.9, 0.8)), ())
    return stored(record, key=key, seen=replace(reading(n_pages), **seen))


def with_values(given: StoredEvidence, *values: Extraction) -> StoredEvidence:
    return replace(
        given, run=replace(given.run, extractions=values), extraction_ids=tuple(range(7, 7 + len(values)))
    )


def codes(page: EvidencePage) -> list[NoticeCode]:
    return [notice.code for notice in page.notices]


def test_values_come_in_the_order_of_the_document_with_their_words_and_boxes() -> None:
    box = PageBox(1, 0.1, 0.1, 0.2, 0.2)
    page = assembled(run(), replace(DRAWN, places={PYTHON: BoxedPlace(PlaceKind.GLYPHS, (box,))}))
    assert [(v.value, v.status, v.extraction_id) for v in page.values] == [
        ("Python", "verified", 2),
        ("Flask", "verified", 1),
    ]
    python, flask = (v.ranges[0] for v in page.values)
    assert (python.text, python.page_number, python.boxes, python.place) == ("Python", 1, (box,), "glyphs")
    assert (flask.boxes, flask.place) == ((), PlaceKind.NONE)
    assert page.document.form is DocumentForm.PAGES
    assert page.pages[0].picture is not None and page.notices == ()


def test_value_that_is_nowhere_in_the_document_comes_last() -> None:
    gone = replace(value("Python"), citation=None, status=ExtractionStatus.REJECTED)
    page = assembled(with_values(run(), gone, value("Flask")), None)
    assert [(v.extraction_id, v.ranges == ()) for v in page.values] == [(8, False), (7, True)]


def test_note_of_a_value_has_its_body_its_citations_and_the_sentence_that_cites_it() -> None:
    note = Footnote("1", (Span(18, 29),), 1, 1, (NoteReference(6, 7, 1),), 0.9)
    given = run(footnotes=(note,))
    own = Citation((Span(24, 29),), (1,), 0, MatchKind.EXACT)
    body = given.run.run_input.chunks[0]
    passage = replace(body.passages[0], footnote_index=0)
    note_chunk = replace(
        body, chunk_index=1, kind=ChunkKind.NOTE, passages=(passage,), lead_in="Python and Flask."
    )
    run_input = RunInput(given.run.run_input.reading, (body, note_chunk), small_schema("skills"))
    given = replace(given, run=replace(given.run, run_input=run_input))
    (shown,) = assembled(with_values(given, replace(value("Python"), citation=own)), None).values
    assert shown.note is not None
    assert (shown.note.marker, shown.note.citing_sentence) == ("1", "Python and Flask.")
    assert [(r.start, r.end) for r in (*shown.note.body, *shown.note.citations)] == [(18, 29), (6, 7)]
    wanted = picture_request(with_values(given, replace(value("Python"), citation=own))).spans
    assert wanted == (Span(6, 7), Span(18, 29), Span(24, 29))


def test_value_in_struck_words_says_so_with_the_words() -> None:
    marks = (Mark(0, 6, MarkKind.STRUCK), Mark(0, 40, MarkKind.COVERED), Mark(8, 10, MarkKind.HIDDEN))
    (shown,) = assembled(with_values(run(marks=marks), value("Python")), None).values
    assert shown.marks == (("struck", "Python"), ("covered", TEXT))


def test_parts_places_cell_and_agreement_of_a_value_are_shown() -> None:
    given = run(agreements=(Agreement(0, 10, "EXHIBIT A", 1), Agreement(10, 40, "EXHIBIT B", 1)))
    (chunk,) = given.run.run_input.chunks
    chunk = replace(chunk, cells=(TableCell(0, 6, "Skill", "1"),))
    run_input = RunInput(given.run.run_input.reading, (chunk,), small_schema("skills"))
    whole = replace(
        value("Python"),
        parts=(Part("name", "Flask", "Flask", cited("Flask"), "flask"),),
        places=(cited("2019"),),
    )
    given = with_values(replace(given, run=replace(given.run, run_input=run_input)), whole)
    (shown,) = assembled(given, None).values
    assert [(p.name, p.value, p.normal, p.ranges[0].text, p.note) for p in shown.parts] == [
        ("name", "Flask", "flask", "Flask", "")
    ]
    assert [r.text for place in shown.places for r in place] == ["2019"]
    assert (shown.cell, shown.agreement) == (("Skill", "1"), "EXHIBIT A")


def test_reviews_stand_with_the_value_that_they_are_about() -> None:
    review = StoredReview(0, "skills", 2, "ada", "accepted", "", "as written", AT)
    page = assembled(replace(run(), reviews=(review, replace(review, extraction_id=None))), None)
    assert [len(v.history.reviews) for v in page.values] == [1, 0]
    assert [[r.reviewer for r in field.reviews] for field in page.fields] == [["ada"]]


def test_the_decision_that_holds_stands_beside_the_value() -> None:
    first = StoredReview(0, "skills", 2, "ada", "rejected", "", "", AT, holds=False)
    second = replace(first, decision="accepted", reviewer="ben", holds=True, via="sheet", is_carried=True)
    back = replace(first, decision="withdrawn", holds=True)

    def decided(*reviews: StoredReview) -> str | None:
        value = assembled(replace(run(), reviews=reviews), None).values[0].history.decided
        return value and f"{value.decision} by {value.reviewer}, {value.via}, {value.is_carried}"

    assert decided(first, second) == "accepted by ben, sheet, True"
    assert decided(first, back) is None
    assert decided() is None


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("running", [NoticeCode.NOT_FINISHED]),
        ("failed", [NoticeCode.FAILED]),
        ("superseded", [NoticeCode.SUPERSEDED]),
        ("done", []),
    ],
)
def test_state_of_the_run_is_told(state: str, expected: list[NoticeCode]) -> None:
    given = run()
    page = assembled(replace(given, run=replace(given.run, state=state)), DRAWN)
    assert codes(page) == expected


def test_newer_run_no_critic_unread_pages_and_an_older_reader_are_told() -> None:
    given = run(n_pages=3, reader_version="reader-1+chunker-1+6000")
    pages = given.run.run_input.reading.pages
    seen = replace(
        given.run.run_input.reading, pages=(pages[0], *(replace(p, status="failed") for p in pages[1:]))
    )
    run_input = RunInput(seen, given.run.run_input.chunks, small_schema("skills"))
    head = replace(given.head, critic="", newer_run_id=RunId("later"))
    page = assembled(replace(given, head=head, run=replace(given.run, run_input=run_input)), DRAWN)
    assert page.notices == (
        Notice(NoticeCode.SUPERSEDED, "later"),
        Notice(NoticeCode.NO_CRITIC),
        Notice(NoticeCode.PAGES_NOT_READ, "2, 3"),
        Notice(NoticeCode.OTHER_READER, "reader-1+chunker-1+6000"),
    )
    assert page.run.critic == ""


def test_run_that_was_cut_with_another_chunker_is_of_the_same_reader() -> None:
    reader = reading().reader_version.partition("+")[0]
    assert codes(assembled(run(reader_version=f"{reader}+chunker-1+500"), DRAWN)) == []


def test_changed_file_shows_the_stored_text() -> None:
    page = assembled(run(), None, [Notice(NoticeCode.FILE_CHANGED)])
    assert (page.document.form, codes(page)) == (DocumentForm.TEXT, [NoticeCode.FILE_CHANGED])
    assert page.pages[0].lines[0].text == TEXT.strip() and page.pages[0].picture is None


def test_file_that_cannot_be_drawn_says_why() -> None:
    page = assembled(run(), PagesSeen(reason="password_required"))
    assert page.notices == (Notice(NoticeCode.NOT_DRAWN, "password_required"),)
    one = assembled(run(n_pages=2), replace(DRAWN, not_drawn={2: "broken_page"}))
    assert [p.not_drawn for p in one.pages] == ["", "broken_page"]
    assert one.notices == ()


def test_word_document_is_shown_as_text_with_its_headings() -> None:
    given = run("deals/a.docx")
    line = replace(given.run.run_input.reading.lines[0], box=(0.0, 0.0, 0.0, 2.0))
    seen = replace(given.run.run_input.reading, lines=(line,), reader_version="word-1+chunker-3+6000")
    run_input = RunInput(seen, given.run.run_input.chunks, small_schema("skills"))
    page = assembled(replace(given, run=replace(given.run, run_input=run_input)), None)
    assert (page.document.form, page.pages[0].lines[0].heading_level, page.notices) == (
        DocumentForm.TEXT,
        2,
        (),
    )


def test_line_of_a_pdf_has_no_heading_level() -> None:
    assert assembled(run(), DRAWN).pages[0].lines[0].heading_level == 0


def test_long_document_draws_only_pages_with_values_and_keeps_all_text() -> None:
    given = run(n_pages=MAX_PAGES_DRAWN + 1)
    assert picture_request(given).pages == (1,)
    assert picture_request(run(n_pages=MAX_PAGES_DRAWN)).pages == tuple(range(1, MAX_PAGES_DRAWN + 1))
    page = assembled(given, DRAWN)
    assert codes(page) == [NoticeCode.ONLY_PAGES_WITH_VALUES]
    assert all(p.lines for p in page.pages)


def test_huge_document_has_text_only_where_values_are() -> None:
    page = assembled(run(n_pages=MAX_PAGES_OF_TEXT + 1), DRAWN)
    assert [p.page_number for p in page.pages if p.lines] == [1]
    assert len(page.pages) == MAX_PAGES_OF_TEXT + 1


def test_page_is_made_in_well_under_a_second_for_100_values_of_60_chunks() -> None:
    given = _long_run(n_chunks=60, n_values=100)
    began = time.process_time()
    page = assembled(given, None)
    assert time.process_time() - began < 3  # 0.1 s on a machine that does nothing else
    assert len(page.values) >= 100
    assert {v.history.stop for v in page.values} == {"max_rounds"}


def _long_run(n_chunks: int, n_values: int) -> StoredEvidence:
    seen = reading(n_chunks)
    chunks = tuple(body_chunk(TEXT, n, n * len(TEXT)) for n in range(n_chunks))
    run_input = RunInput(seen, chunks, small_schema("skills"))
    records: list[RoundRecord] = []
    state = RunState(run_input)
    for number in (1, 2, 3):
        # A new value in each round, so that no answer repeats an earlier one.
        words = ["Python", "Flask", ["2019", "later", "since"][number - 1]]
        answers = [replace(draft(number, *words), chunk_index=n) for n in range(n_chunks)]
        critiques = [
            replace(judged(number, 0.9, 0.4, 0.3 + number / 10), chunk_index=n) for n in range(n_chunks)
        ]
        records.append(RoundRecord(number, (*answers, *critiques), ()))
        state.apply(records[-1])
    results = results_of(state.by_chunk, run_input.schema)
    rows = tuple(_spread(results.extractions, n_values))
    base = stored()
    values = (run_input, 3, tuple(records), rows, results.coverage)
    numbers = tuple(range(len(rows)))
    return replace(base, run=replace(base.run, run_input=values[0], records=values[2], extractions=rows,
                                     coverage=values[4]), extraction_ids=numbers)  # fmt: skip


def _spread(rows: tuple[Extraction, ...], n_values: int) -> list[Extraction]:
    """As many values as are wanted, each at its own place of one of the joined ones."""
    spread = [
        replace(row, chunk_index=c.spans[0].start // len(TEXT), citation=c, places=())
        for row in rows
        for c in (row.citation, *row.places)
        if c is not None
    ]
    return spread[:n_values]


def test_answer_of_a_budget_that_ended_is_no_round() -> None:
    cut = ModelAnswer(0, 2, Stage.GENERATE, "", "generator/1", 1.0, error="budget_document_tokens")
    first = RoundRecord(1, (draft(1, "Python"), judged(1, 0.2)), ())
    assert assembled(stored(first, RoundRecord(2, (cut,), ())), None).run.n_rounds == 1


def test_checks_of_the_schema_are_shown() -> None:
    given = run()
    checks = (("rent > 0", "fails", "rent is 0"),)
    assert assembled(replace(given, head=replace(given.head, checks=checks)), None).checks == checks


def test_value_of_another_field_name_has_a_history_of_its_own() -> None:
    (shown,) = assembled(
        with_values(run(), replace(value("Python"), field=FieldName("employers"))), None
    ).values
    assert [r.change for r in shown.history.rounds] == ["absent"]
