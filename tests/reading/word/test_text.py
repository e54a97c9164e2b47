"""What stands in the paragraphs of a Word document, construct by construct."""

from __future__ import annotations

import pytest

from tasks.core.chunking.body import body_of
from tasks.core.chunking.chunks import chunk_document
from tasks.core.chunking.live import LiveText, live_text
from tasks.core.reading.limits import DEFAULT_LIMITS
from tasks.core.reading.word.document import take_word
from tasks.core.records import ExtraKind, LineTag, MarkKind
from tasks.core.schema import FieldType
from tasks.core.values.find import find_values
from tests.reading.word.packages import (
    body_lines,
    cite,
    deleted,
    docx,
    inserted,
    marked,
    note,
    notes_of,
    p,
    read,
    relation,
    row,
    run,
    table,
    tc,
)

FIELD = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'


def field(instruction: str, result: str) -> str:
    told = f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
    return FIELD.format("begin") + told + FIELD.format("separate") + result + FIELD.format("end")


# ---------------------------------------------------------------- changes


def test_a_deleted_paragraph_mark_joins_two_paragraphs() -> None:
    reading = read(p(run("The fee is "), '<w:rPr><w:del w:id="1"/></w:rPr>') + p("USD 5."))
    assert body_lines(reading) == ["The fee is USD 5."]


def test_paragraphs_are_joined_in_cells_too() -> None:
    first = p(run("USD "), '<w:rPr><w:del w:id="1"/></w:rPr>')
    assert body_lines(read(table(row("Fee", tc(first + p("5")))))) == ["Fee\tUSD 5"]


def test_a_wholly_deleted_paragraph_stays_a_line_of_its_own() -> None:
    gone = p(deleted("Old clause."), '<w:rPr><w:del w:id="1"/></w:rPr>')
    reading = read(p("One.") + gone + p("Two."))
    assert body_lines(reading) == ["One.", "Old clause.", "Two."]
    assert live_text(reading).split() == ["One.", "Two."]


def test_a_sum_changed_in_its_middle_reads_as_accepted() -> None:
    reading = read(p(run("USD ") + deleted("5") + inserted("3") + run(",000,000")))
    assert live_text(reading).strip() == "USD 3,000,000"
    assert marked(reading, MarkKind.INSERTED) == ["3"]


@pytest.mark.parametrize("properties", ['<w:del w:id="1"/>'])
def test_a_deleted_row_is_struck_even_if_its_words_are_not(properties: str) -> None:
    reading = read(table(row("Fee", "USD 9", properties=properties), row("Rent", "USD 7")))
    assert marked(reading, MarkKind.STRUCK) == ["Fee", "USD 9"]
    assert [reading.text[c.start : c.end] for c in reading.cells] == ["USD 7"]


def test_a_deleted_cell_is_struck() -> None:
    reading = read(table(row("Fee", tc("USD 9", '<w:cellDel w:id="1"/>'), tc("USD 7"))))
    assert marked(reading, MarkKind.STRUCK) == ["USD 9"]


def test_a_change_of_format_changes_nothing() -> None:
    changed = '<w:rPrChange w:id="1"><w:rPr><w:strike/></w:rPr></w:rPrChange>'
    assert read(p(run("As it was.", changed))).marks == ()


def test_a_strike_by_a_style_is_a_strike_and_one_switched_off_is_none() -> None:
    styles = '<w:style w:type="character" w:styleId="Gone"><w:rPr><w:strike/></w:rPr></w:style>'
    own = '<w:rStyle w:val="Gone"/>'
    reading = read(p(run("gone ", own) + run("kept", own + '<w:strike w:val="0"/>')), styles=styles)
    assert marked(reading, MarkKind.STRUCK) == ["gone "]


# ---------------------------------------------------------------- fields


def test_results_are_text_and_instructions_are_not_also_in_nested_fields() -> None:
    inner = field(" REF b ", run("4.2"))
    nested = field(" HYPERLINK x ", run("see ") + inner)
    assert body_lines(read(p(run("Rent: ") + nested + run(".")))) == ["Rent: see 4.2."]


def test_a_field_inside_an_instruction_is_no_text() -> None:
    instruction = (
        FIELD.format("begin") + "<w:r><w:instrText>IF </w:instrText></w:r>" + field(" REF n ", run("1"))
    )
    whole = instruction + FIELD.format("separate") + run("yes") + FIELD.format("end")
    assert body_lines(read(p(whole))) == ["yes"]


def test_a_field_without_an_end_hides_nothing() -> None:
    assert body_lines(read(p(FIELD.format("begin") + run("Words")) + p("More."))) == ["Words", "More."]


def test_a_form_check_box_shows_its_state() -> None:
    data = "<w:ffData><w:checkBox><w:default w:val='0'/>{}</w:checkBox></w:ffData>"
    begin = '<w:r><w:fldChar w:fldCharType="begin">{}</w:fldChar></w:r>'
    boxes = [
        begin.format(data.format(state))
        + "<w:r><w:instrText> FORMCHECKBOX </w:instrText></w:r>"
        + FIELD.format("end")
        for state in ("<w:checked/>", "")
    ]
    reading = read(p(boxes[0] + run(" Buyer pays")) + p(boxes[1] + run(" Seller pays")))
    assert body_lines(reading) == ["☒ Buyer pays", "☐ Seller pays"]
    assert marked(reading, MarkKind.UNTICKED) == ["Seller pays"]


def test_linked_content_is_told_and_not_fetched() -> None:
    reading = read(p(field(' INCLUDETEXT "C:\\\\x.docx" ', run("stored"))))
    assert body_lines(reading) == ["stored"]
    assert "external_links" in reading.flags


# ---------------------------------------------------------------- controls, boxes, signs


def sdt(content: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def test_the_prompt_of_an_empty_control_is_a_blank() -> None:
    reading = read(p(run("Law: ") + sdt(run("Click here."), "<w:showingPlcHdr/>")))
    assert marked(reading, MarkKind.BLANK) == ["Click here."]
    assert "Click" not in live_text(reading)


def test_check_box_controls_are_options() -> None:
    ticked = sdt(run("☒"), '<w14:checkbox><w14:checked w14:val="1"/></w14:checkbox>')
    empty = sdt(run("☐"), '<w14:checkbox><w14:checked w14:val="0"/></w14:checkbox>')
    reading = read(p(ticked + run(" Yes ") + empty + run(" No")))
    assert body_lines(reading) == ["☒ Yes ☐ No"]
    assert marked(reading, MarkKind.UNTICKED) == ["No"]


def test_controls_around_rows_cells_and_paragraphs_are_read() -> None:
    rows = sdt(row("a", "b")) + row("c", "d")
    assert body_lines(read(table(rows) + sdt(p("e") + sdt(p("f"))))) == ["a\tb", "c\td", "e", "f"]


def test_a_text_box_is_read_once_in_either_spelling() -> None:
    content = f"<w:txbxContent>{p('Boxed.')}</w:txbxContent>"
    new = f"<w:drawing><a:graphic><a:graphicData><wps:wsp><wps:txbx>{content}</wps:txbx></wps:wsp></a:graphicData></a:graphic></w:drawing>"
    old = f"<w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict>"
    both = f"<mc:AlternateContent><mc:Choice Requires='wps'>{new}</mc:Choice><mc:Fallback>{old}</mc:Fallback></mc:AlternateContent>"
    for drawn in (both, new, old):
        assert body_lines(read(p(f"{run('Before.')}<w:r>{drawn}</w:r>"))) == ["Before.", "Boxed."]


def test_hidden_letters_are_marked_however_they_are_hidden() -> None:
    styles = '<w:style w:type="character" w:styleId="H"><w:rPr><w:vanish/></w:rPr></w:style>'
    reading = read(
        p(run("a", "<w:vanish/>") + run("b") + run("c", '<w:rStyle w:val="H"/>') + run("d"))
        + p(run("white", '<w:color w:val="FFFFFF"/>') + run("tiny", '<w:sz w:val="1"/>') + run("shown"))
        + p(run("on blue", '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="0000FF"/>')),
        styles=styles,
    )
    assert marked(reading, MarkKind.HIDDEN) == ["a", "c", "whitetiny"]
    assert "hidden_text" in reading.flags


def test_letters_that_only_the_web_view_hides_are_live() -> None:
    assert read(p(run("12", "<w:webHidden/>"))).marks == ()


def test_white_letters_on_a_filled_cell_are_live() -> None:
    white = p(run("Head", '<w:color w:val="FFFFFF"/>'))
    assert read(table(row(tc(white, '<w:shd w:val="clear" w:fill="1F3864"/>')))).marks == ()


def test_special_signs_are_read_as_they_look() -> None:
    inner = (
        "<w:r><w:t>non</w:t><w:noBreakHyphen/><w:t>renewal co</w:t><w:softHyphen/><w:t>operate</w:t>"
        '<w:sym w:font="Wingdings" w:char="F0A8"/><w:sym w:font="Symbol" w:char="F0A3"/></w:r>'
    )
    assert body_lines(read(p(inner))) == ["non-renewal cooperate☐≤"]


def test_ruby_gives_the_base_once_and_formulas_their_signs() -> None:
    ruby = f"<w:r><w:ruby><w:rt>{run('かん')}</w:rt><w:rubyBase>{run('漢')}</w:rubyBase></w:ruby></w:r>"
    power = "<m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>6</m:t></m:r></m:sup></m:sSup>"
    assert body_lines(read(p(ruby + f"<m:oMath>{power}</m:oMath>"))) == ["漢10^6"]


def test_raised_figures_and_capitals_are_those_that_are_shown() -> None:
    reading = read(
        p(run("Area 50 m") + run("2", '<w:vertAlign w:val="superscript"/>') + run(" rent", "<w:caps/>"))
    )
    assert body_lines(reading) == ["Area 50 m² RENT"]


def test_letters_that_libreoffice_raises_are_raised() -> None:
    lifted = run("2", '<w:position w:val="8"/><w:sz w:val="13"/>')
    assert body_lines(read(p(run("50 m") + lifted))) == ["50 m²"]


def test_a_line_break_makes_a_line_of_the_same_paragraph() -> None:
    reading = read(p("<w:r><w:t>Alpha</w:t><w:br/><w:t>Street 1</w:t></w:r>") + p("Beta"))
    assert body_lines(reading) == ["Alpha", "Street 1", "Beta"]
    body = body_of(reading, LiveText(reading))
    assert [body.text[slice(*body.paragraph_range(one))] for one in body.paragraphs] == [
        "Alpha\nStreet 1\n\n",
        "Beta\n\n",
    ]


# ---------------------------------------------------------------- notes


def test_separators_and_notes_that_nothing_cites_are_none() -> None:
    lines = '<w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote>'
    reading = read(p(run("A") + cite(5)), footnotes=lines + note(5, "Cited.") + note(6, "Not cited."))
    assert notes_of(reading) == [("1", "A", "Cited.")]
    assert "Not cited" not in reading.text


def test_markers_have_the_format_and_restarts_of_their_section() -> None:
    first = "<w:sectPr><w:footnotePr><w:numFmt w:val='upperRoman'/></w:footnotePr></w:sectPr>"
    last = "<w:sectPr><w:footnotePr><w:numFmt w:val='chicago'/><w:numRestart w:val='eachSect'/></w:footnotePr></w:sectPr>"
    body = p(run("a") + cite(1)) + p(run("b") + cite(2), first) + p(run("c") + cite(3)) + last
    notes = "".join(note(n, f"N{n}.") for n in (1, 2, 3))
    assert [marker for marker, _, _ in notes_of(read(body, footnotes=notes))] == ["I", "II", "*"]


def test_a_custom_mark_does_not_count() -> None:
    own = '<w:r><w:footnoteReference w:customMarkFollows="1" w:id="1"/><w:t>*</w:t></w:r>'
    notes = (
        f'<w:footnote w:id="1">{p(run("*") + "<w:r><w:tab/></w:r>" + run("Custom."))}</w:footnote>'
        + note(2, "Usual.")
    )
    reading = read(p(run("a") + own + run(" b") + cite(2)), footnotes=notes)
    assert [(m, text) for m, _, text in notes_of(reading)] == [("*", "Custom."), ("1", "Usual.")]
    assert body_lines(reading) == ["a* b[1]"]


def test_a_struck_citation_strikes_its_note_and_does_not_count() -> None:
    gone = f'<w:del w:id="1">{cite(1)}</w:del>'
    reading = read(p(run("a") + gone + run(" b") + cite(2)), footnotes=note(1, "Old.") + note(2, "New."))
    assert [chunk.passages[0].text for chunk in chunk_document(reading)][1:] == ["New."]
    assert live_text(reading).startswith("a b[1]")


def test_a_cross_reference_cites_the_same_note() -> None:
    named = '<w:bookmarkStart w:id="0" w:name="n"/>' + cite(1) + '<w:bookmarkEnd w:id="0"/>'
    again = field(" NOTEREF n \\h ", run("1"))
    reading = read(p(run("a") + named + run(" USD 5,000,000") + again), footnotes=note(1, "N."))
    assert body_lines(reading) == ["a[1] USD 5,000,000[1]"]
    assert len(reading.footnotes[0].references) == 2


@pytest.mark.parametrize("words", ["USD 5,000,000", "2%", "640", "人民币5,000,000元"])
def test_a_marker_changes_no_value(words: str) -> None:
    kind = FieldType.NUMBER if words in ("2%", "640") else FieldType.MONEY
    line = body_lines(
        read(p(run(f"It is {words}") + cite(1) + run(" named users.")), footnotes=note(1, "N."))
    )[0]
    assert [line[v.start : v.end] for v in find_values(kind, line)] == [words]


# ---------------------------------------------------------------- beside the text


def test_headers_of_first_pages_and_footers_are_running_lines() -> None:
    section = (
        '<w:sectPr><w:headerReference w:type="first" r:id="header1"/><w:headerReference w:type="default" r:id="header2"/>'
        '<w:headerReference w:type="even" r:id="header3"/><w:footerReference w:type="default" r:id="footer1"/><w:titlePg/></w:sectPr>'
    )
    reading = read(
        p("One.") + p('<w:r><w:br w:type="page"/></w:r>' + run("Two.")) + section,
        header1=p("First"), header2=p("Usual"), header3=p("Even"), footer1=p("Foot"),
    )  # fmt: skip
    running = [
        (n.page_number, reading.text[n.start : n.end].strip())
        for n in reading.lines
        if n.tag is LineTag.RUNNING
    ]
    assert running == [(1, "First"), (2, "Usual"), (2, "Foot")]


def test_a_watermark_an_embedded_file_and_an_inserted_file_are_told() -> None:
    mark = '<w:r><w:pict><v:shape><v:textpath string="DRAFT"/></v:shape></w:pict></w:r>'
    body = (
        p("Words.")
        + '<w:altChunk r:id="x2"/><w:sectPr><w:headerReference w:type="default" r:id="header1"/></w:sectPr>'
    )
    related = relation("package", "embeddings/Prices.xlsx") + relation("aFChunk", "chunk.html", key="x2")
    reading = take_word(docx(body, header1=p(mark), relations=related), DEFAULT_LIMITS)
    assert {"watermark", "has_attachments", "inserted_files"} <= set(reading.flags)
    found = {(extra.kind, extra.name) for extra in reading.extras}
    assert {(ExtraKind.WATERMARK, "watermark"), (ExtraKind.ATTACHMENT, "Prices.xlsx")} <= found


def test_pages_are_the_saved_ones_or_estimates() -> None:
    saved = read(
        p("One.")
        + p("<w:r><w:t>Two be</w:t></w:r><w:r><w:lastRenderedPageBreak/><w:t>gins here.</w:t></w:r>")
    )
    assert ([n.page_number for n in saved.lines], body_lines(saved)) == (
        [1, 1, 2],
        ["One.", "Two begins", "here."],
    )
    long = read("".join(p("Twenty letters here. " * 10) for _ in range(40)))
    assert long.n_pages == 3
    assert "pages_estimated" in long.flags and "pages_as_last_saved" not in long.flags


def test_a_break_and_the_page_end_that_word_saved_behind_it_are_one() -> None:
    brk, end = '<w:br w:type="page"/>', "<w:lastRenderedPageBreak/>"
    reading = read(
        p(f"<w:r><w:t>One.</w:t>{brk}</w:r>")
        + p(f"<w:r>{end}{brk}</w:r>")
        + p(f"<w:r>{end}<w:t>Three.</w:t></w:r>")
    )
    assert [n.page_number for n in reading.lines if n.tag is LineTag.BODY] == [1, 3]


def test_two_agreements_in_a_file_are_told_apart() -> None:
    def agreement(title: str, first: str, second: str) -> str:
        opening = f'This {title.title()} (this "Agreement") is made as of March 3, 2021 by and between {first}, a Delaware corporation ("Seller"), and {second}, a Delaware corporation ("Buyer").'
        clauses = (
            p(f"{n}. Delivery. The Seller shall deliver the goods to the Buyer in its warehouse. " * 3)
            for n in range(1, 25)
        )
        return (
            p(title)
            + p(opening)
            + "".join(clauses)
            + p("IN WITNESS WHEREOF, the parties have signed.")
            + p("By: ________")
        )

    page = p('<w:r><w:br w:type="page"/></w:r>')
    body = (
        agreement("SUPPLY AGREEMENT", "Alpha Inc.", "Beta Inc.")
        + page
        + p("EXHIBIT A")
        + agreement("SERVICES AGREEMENT", "Gamma Inc.", "Delta Inc.")
    )
    reading = read(body)
    assert [one.title for one in reading.agreements] == ["SUPPLY AGREEMENT", "EXHIBIT A: SERVICES AGREEMENT"]
    assert "several_agreements" in reading.flags


def test_headings_are_what_their_styles_say() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="H1"><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
    styles += '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/></w:style>'
    words = (
        p("what we owe you", '<w:pStyle w:val="H1"/>')
        + p("and when", '<w:pStyle w:val="H2"/>')
        + p("We owe you nothing")
    )
    reading = read(words, styles=styles)
    body = body_of(reading, LiveText(reading))
    assert [one.is_heading for one in body.paragraphs] == [True, True, False]
