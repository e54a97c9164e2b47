"""Where another agreement begins in a file, over lines without a PDF."""

from __future__ import annotations

import pytest

from tasks.core.reading.layout.agreement_words import is_title, label_of, opens
from tasks.core.reading.layout.agreements import find_agreements
from tasks.core.records import Line, LineTag, Mark, MarkKind

PAGE = "\f"
MSA = (
    "MASTER SERVICES AGREEMENT",
    "This Master Services Agreement is made as of May 1, 2020 by and between Alder Inc. and Birch Ltd.",
)
NDA = (
    "NON-DISCLOSURE AGREEMENT",
    "This Non-Disclosure Agreement is entered into by and between Alder Inc. and the recipient named below.",
)
SIGNED = ("IN WITNESS WHEREOF, the parties have signed.", "By: ________")


def clauses(count: int = 16) -> tuple[str, ...]:
    return tuple(
        f"{i}. The parties agree that the provider shall perform obligation number {i} and remains liable for it."
        for i in range(1, count + 1)
    )


def han_clauses(count: int = 16) -> tuple[str, ...]:
    return tuple(
        f"第{i}条 甲方应当按照约定支付第{i}期款项，乙方应当完成全部工作并承担违约责任。"
        for i in range(1, count + 1)
    )


def without_brackets(row: str) -> tuple[str, list[tuple[int, int]]]:
    plain, *parts = row.split("[")
    struck: list[tuple[int, int]] = []
    for part in parts:
        words, rest = part.split("]")
        struck.append((len(plain), len(plain) + len(words)))
        plain += words + rest
    return plain, struck


def titles(*rows: str) -> list[str]:
    """The titles of the agreements; every part begins where the one before ends.

    Args:
        rows: Struck words are in square brackets.
    """
    text, lines, marks, page = "", [], [], 1
    for row in rows:
        if row == PAGE:
            page += 1
            continue
        row, struck = without_brackets(row)
        marks += [Mark(len(text) + a, len(text) + b, MarkKind.STRUCK) for a, b in struck]
        lines.append(Line(len(text), len(text) + len(row) + 1, page, LineTag.BODY, (0, 0, 1, 1), 11))
        text += row + "\n"
    found = find_agreements(text, lines, marks)
    if found:
        assert [a.start for a in found] == [0, *(a.end for a in found[:-1])]
        assert found[-1].end == len(text)
    return [agreement.title for agreement in found]


def test_one_agreement_has_no_parts() -> None:
    assert titles(*MSA, *clauses(), *SIGNED) == []


def test_exhibit_that_is_an_agreement_begins_a_part() -> None:
    rows = (*MSA, *clauses(), *SIGNED, PAGE, "EXHIBIT B", *NDA, *clauses(8))
    assert titles(*rows) == ["MASTER SERVICES AGREEMENT", "EXHIBIT B: NON-DISCLOSURE AGREEMENT"]


def test_next_exhibit_returns_to_the_agreement_around() -> None:
    rows = (
        *MSA,
        *clauses(),
        PAGE,
        "EXHIBIT B",
        *NDA,
        *clauses(8),
        PAGE,
        "EXHIBIT C",
        "SERVICE LEVELS",
        *clauses(4),
    )
    assert titles(*rows)[2:] == ["MASTER SERVICES AGREEMENT, EXHIBIT C"]


def test_exhibit_of_the_attached_agreement_does_not_return() -> None:
    own = ("EXHIBIT A", "PURPOSE", *clauses(3), PAGE, "EXHIBIT B", "RECIPIENTS", *clauses(3))
    assert len(titles(*MSA, *clauses(), PAGE, "EXHIBIT A", *NDA, *clauses(8), PAGE, *own)) == 2


def test_second_title_page_begins_a_part() -> None:
    rows = (*MSA, *clauses(), PAGE, *NDA, *clauses(8))
    assert titles(*rows) == ["MASTER SERVICES AGREEMENT", "NON-DISCLOSURE AGREEMENT"]


def test_cover_page_belongs_to_its_agreement() -> None:
    cover = ("DATED 4 March 2020", "OAK LIMITED", "DEED OF GUARANTEE", PAGE)
    rows = (
        *MSA,
        *clauses(),
        PAGE,
        *cover,
        "THIS DEED is made on 4 March 2020 between Oak Limited and Alder Inc.",
    )
    assert titles(*rows, *clauses(8)) == ["MASTER SERVICES AGREEMENT", "DEED OF GUARANTEE"]


def test_own_cover_page_and_contents_begin_no_part() -> None:
    cover = ("MASTER SERVICES AGREEMENT", "between", "Alder Inc.", "and", "Birch Ltd.", PAGE)
    contents = ("TABLE OF CONTENTS", *(f"{i}. Obligations .......... {i}" for i in range(1, 40)), PAGE)
    assert titles(*cover, *contents, *MSA, *clauses()) == []


@pytest.mark.parametrize(
    "exhibit",
    [
        ("EXHIBIT A", "PRICE LIST", "The fee is USD 4,000 each month."),
        ("SCHEDULE 1", "DEFINITIONS", "“Agreement” means this Agreement made between the parties."),
        (
            "ATTACHMENT 1",
            "STATEMENT OF WORK",
            "This Statement of Work is issued under the Agreement between A and B.",
        ),
        (
            "EXHIBIT A",
            "TO",
            "MASTER SERVICES AGREEMENT",
            "dated as of May 1, 2020",
            "between Alder Inc. and Birch Ltd.",
        ),
        (
            "EXHIBIT C",
            "FORM OF NOTICE",
            "This Notice refers to the Agreement dated May 1, 2020 between A and B.",
        ),
    ],
)
def test_other_exhibits_begin_no_part(exhibit: tuple[str, ...]) -> None:
    assert titles(*MSA, *clauses(), *SIGNED, PAGE, *exhibit, *clauses(12)) == []


def test_quoted_agreement_in_an_amendment_begins_no_part() -> None:
    quoted = "“This Supply Agreement is made as of March 1, 2019 by and between Ivy Corp. and Juniper Ltd.”"
    head = (
        "SECOND AMENDMENT TO SUPPLY AGREEMENT",
        "This Second Amendment is made by and between Ivy Corp. and X Ltd.",
    )
    assert (
        titles(
            *head, *clauses(), "2. The first paragraph is replaced with the following:", quoted, *clauses()
        )
        == []
    )


def test_entire_agreement_clause_begins_no_part() -> None:
    clause = ("ENTIRE AGREEMENT", "This Agreement constitutes the entire agreement between the parties.")
    assert titles(*MSA, *clauses(), PAGE, *clause, *clauses()) == []


def test_chinese_annex_that_is_an_agreement_begins_a_part() -> None:
    rows = (
        "技术服务合同",
        "甲方：甲公司",
        "乙方：乙公司",
        *han_clauses(),
        PAGE,
        "附件二：保密协议",
        "披露方：甲公司",
        "接收方：乙公司",
    )
    assert titles(*rows, *han_clauses()) == ["技术服务合同", "附件二：保密协议"]


def test_chinese_list_of_annexes_above_signatures_begins_no_part() -> None:
    rows = (
        "采购合同",
        "甲方：甲公司",
        "乙方：乙公司",
        *han_clauses(30),
        "附件一 设备清单",
        "附件二 廉洁协议",
    )
    assert titles(*rows, "甲方（盖章）：", "乙方（盖章）：", PAGE, "附件一", "设备清单", *han_clauses()) == []


@pytest.mark.parametrize(
    "text", ["Entire Agreement", "14.1 License", "this agreement", "FORM OF PRESS RELEASE", "解除合同"]
)
def test_headings_that_are_no_titles(text: str) -> None:
    assert not is_title(text)


@pytest.mark.parametrize(
    "text", ["LEASE", "Amendment No. 2 to Supply Agreement", "DEED OF GUARANTEE", "股权转让协议"]
)
def test_titles(text: str) -> None:
    assert is_title(text)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("EXHIBIT B", ("exhibit", "B")),
        ("Schedule 3.20(a)", ("schedule", "3.20(A)")),
        ("附件一：价格表", ("附件", "一")),
        ("EXHIBIT 10.5", None),
        ("Exhibit B sets out the fees", None),
    ],
)
def test_labels_of_exhibits(text: str, label: tuple[str, str] | None) -> None:
    assert label_of(text) == label


def test_opening_names_the_parties() -> None:
    assert opens("THIS LEASE is made the 3rd day of May 2020 between Elm Towers LP and Fir Trading Co.")
    assert not opens(
        "This Agreement shall be governed by the agreement between Elm Towers LP and Fir Trading Co."
    )


def struck(*rows: str) -> list[str]:
    return [f"[{row}]" for row in rows]


def test_struck_exhibit_begins_no_agreement() -> None:
    assert titles(*MSA, *clauses(), *SIGNED, PAGE, *struck("EXHIBIT B", *NDA), *clauses(8)) == []


def test_struck_label_is_no_part_of_the_title() -> None:
    rows = (*MSA, *clauses(), *SIGNED, PAGE, "[EXHIBIT B]", *NDA, *clauses(8))
    assert titles(*rows) == ["MASTER SERVICES AGREEMENT", "NON-DISCLOSURE AGREEMENT"]


def test_label_and_title_are_read_without_their_struck_words() -> None:
    rows = (*MSA, *clauses(), *SIGNED, PAGE, "EXHIBIT [A] B", "[MUTUAL] NON-DISCLOSURE AGREEMENT", NDA[1])
    assert titles(*rows, *clauses(8)) == ["MASTER SERVICES AGREEMENT", "EXHIBIT B: NON-DISCLOSURE AGREEMENT"]


def test_next_exhibit_that_is_struck_returns_to_nothing() -> None:
    head = (*MSA, *clauses(), PAGE, "EXHIBIT B", *NDA, *clauses(8))
    assert len(titles(*head, PAGE, "[EXHIBIT C]", "[SERVICE LEVELS]", *clauses(4))) == 2
