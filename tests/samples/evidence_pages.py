"""Evidence pages for tests and benchmarks, made without a store or a file.

`small` has one of everything on three pages; `contract` and `archive` are as large as they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tasks.core.evidence.page import (
    DocumentForm,
    EvidencePage,
    Notice,
    NoticeCode,
    Searched,
    ShownDocument,
    ShownField,
    ShownFinding,
    ShownHistory,
    ShownNote,
    ShownPage,
    ShownPart,
    ShownRange,
    ShownReview,
    ShownRound,
    ShownRun,
    ShownValue,
)
from tests.samples.evidence_paper import Paper, PaperLine, wrapped

AT = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
FIRST = [
    *wrapped("MASTER SUPPLY AGREEMENT", heading_level=1),
    *wrapped("This Master Supply Agreement is made as of January 5, 2024 between Harbour Light Instruments, Inc., a Delaware corporation, and Ostermann Feinwerk GmbH, a company under German law."),
    *wrapped("1. Term", heading_level=2),
    *wrapped("This Agreement begins on the Effective Date and continues for an initial term of three (3) years, unless it ends earlier under Section 9. It renews for successive periods of one year each, if neither party gives notice."),
    *wrapped("2. Price", heading_level=2),
    *wrapped("The Buyer pays a yearly minimum fee of USD 250,000 in equal quarterly parts. Late sums bear interest at the rate of the note7 below. The deposit is returned within thirty days after the end of this Agreement."),
    *wrapped("3. Liability", heading_level=2),
    *wrapped("Except for gross negligence, the total liability of either party is limited as the parties have agreed.8 Neither party is liable for lost profit."),
    *wrapped("7 Interest is 6 % for a year, from the due date until payment is received in full.", "note"),
]  # fmt: skip
SECOND = [
    *wrapped("4. Notice of non-renewal", heading_level=2),
    *wrapped("A party that does not wish to renew gives written notice at least ninety (90) days before the term ends. Notices are sent by courier to the address that stands above the signatures of the parties and count as received on the third day after they were sent."),
    *wrapped("5. Governing law", heading_level=2),
    *wrapped("This Agreement is governed by the laws of the State of Delaware, without regard to its rules on conflict of laws. BoxedPlace of jurisdiction for all disputes is Wilmington, and each party submits to it. The Buyer may assign this Agreement only with the prior written"),
    *wrapped("8 Liability is limited to the fees paid in the twelve months before the claim, and to USD 1,000,000 for all claims together.", "note"),
]  # fmt: skip
THIRD = [
    *wrapped("consent of the Seller, which is not withheld without reason."),
    *wrapped("6. Contacts", heading_level=2),
    *wrapped("For the Buyer: Maria Teresa Oduya, purchasing. For the Seller: Jens Ostermann, sales. The yearly minimum fee of USD 250,000 is due for the first time on April 1, 2024."),
]  # fmt: skip


def run(**changes: object) -> ShownRun:
    made = ShownRun(
        run_id="0f7c2d0e-5f3b-4b5e-9a51-000000000018",
        state="done",
        attempt=1,
        schema_name="supply",
        schema_title="Supply agreements",
        schema_digest="3d5a9c1e",
        generator="generator/4",
        critic="critic/3",
        reader_version="2026.11",
        n_rounds=3,
        max_rounds=3,
        promise=0.95,
        created_at=AT,
        finished_at=AT,
    )
    return replace(made, **changes)


def document(
    n_pages: int, form: DocumentForm = DocumentForm.PAGES, key: str = "inbox/2026/supply-agreement.pdf"
) -> ShownDocument:
    return ShownDocument(key, "contracts", "9b" * 32, form, n_pages, ())


def played(
    number: int,
    change: str,
    answered: Sequence[str],
    p: float | None,
    *findings: ShownFinding,
    last: bool = True,
) -> ShownRound:
    return ShownRound(number, "generator/4", tuple(answered), "", "critic/3", "", p, findings, change, last)


def value(
    extraction_id: int,
    field: str,
    said: str,
    ranges: tuple[ShownRange, ...],
    status: str = "verified",
    normal: str = "",
    probability: float | None = 0.98,
    **more: object,
) -> ShownValue:
    """A value that was found in the first round, unless `more` says otherwise."""
    made = ShownValue(
        extraction_id=extraction_id,
        field=field,
        status=status,
        value=said,
        normal=normal,
        quote=" ".join(shown.text for shown in ranges),
        match="exact" if ranges else "",
        probability=probability,
        round_number=1,
        reason="",
        ranges=ranges,
        places=(),
        note=None,
        history=ShownHistory(0, (played(1, "first", [said], probability),), "clean"),
    )
    return replace(made, **more)


def fields(*found: tuple[str, str, str]) -> tuple[ShownField, ...]:
    """(name, title, state) of each field; twelve chunks were read."""
    searched = {
        "found": Searched(12, 11, 0, 0),
        "unsettled": Searched(12, 10, 2, 0, (2,), ("the two models do not agree",)),
        "absent": Searched(12, 12, 0, 0),
        "failed": Searched(
            12, 9, 1, 2, (2, 3), ("the model server did not answer", "no valid answer after three rounds")
        ),
    }
    return tuple(
        ShownField(
            name, title, f"What the contract says of: {title.lower()}.", "text", state, searched[state]
        )
        for name, title, state in found
    )


def small() -> EvidencePage:
    """Three pages with one of everything."""
    paper = Paper([FIRST, SECOND, THIRD])
    return EvidencePage(
        document=document(3),
        run=run(),
        pages=tuple(paper.shown(index) for index in range(3)),
        fields=fields(
            ("agreement_date", "Agreement date", "found"),
            ("parties", "Parties", "found"),
            ("term", "Initial term", "found"),
            ("fee", "Yearly minimum fee", "found"),
            ("interest", "Interest on late sums", "found"),
            ("cap", "Cap on liability", "found"),
            ("notice_period", "Notice to terminate renewal", "unsettled"),
            ("assignment", "Anti-assignment", "found"),
            ("contacts", "Contacts", "found"),
            ("exclusivity", "Exclusivity", "absent"),
            ("insurance", "Insurance", "failed"),
        ),
        values=tuple(_small_values(paper)),
        notices=(Notice(NoticeCode.OTHER_READER),),
        checks=(("deposit <= 6 * fee", "passed over", "deposit has no verified value"),),
        made_at=AT,
    )


def _small_values(paper: Paper) -> Iterable[ShownValue]:
    over_break = paper.find("The Buyer may assign this Agreement only with the prior written") + paper.find(
        "consent of the Seller"
    )
    doubt = ShownFinding(
        "redundant", "critic", "the words name a due date, not the date of the agreement", 0.91
    )
    yield value(1, "agreement_date", "January 5, 2024", paper.find("January 5, 2024"), normal="2024-01-05")
    yield value(
        2,
        "parties",
        "Harbour Light Instruments, Inc.",
        paper.find("Harbour Light Instruments, Inc."),
        probability=0.997,
    )
    yield value(3, "parties", "Ostermann Feinwerk GmbH", paper.find("Ostermann Feinwerk GmbH"))
    yield _revised(paper)
    yield value(
        5, "fee", "USD 250,000", paper.find("yearly minimum fee of USD 250,000"), normal="USD 250000",
        places=(paper.find("yearly minimum fee of USD 250,000", 1),),
    )  # fmt: skip
    yield value(
        6,
        "interest",
        "6 % for a year",
        paper.find("Interest is 6 % for a year"),
        normal="6 %",
        note=_note(paper, "7"),
    )
    yield value(
        7,
        "cap",
        "USD 1,000,000",
        paper.find("USD 1,000,000 for all claims together"),
        normal="USD 1000000",
        note=_note(paper, "8"),
    )
    yield value(
        8, "notice_period", "ninety (90) days", paper.find("ninety (90) days before the term ends"), "unsettled", "90 days", 0.61,
        reason="the critic doubts that the notice ends a renewal",
        history=ShownHistory(3, (played(1, "first", ["ninety (90) days"], 0.61, replace(doubt, kind="boundary", reason="the quote leaves out who gives notice")),), "fixed_point"),
    )  # fmt: skip
    yield value(9, "assignment", "only with the prior written consent of the Seller", over_break)
    person = paper.find("Maria Teresa Oduya, purchasing")
    parts = (
        ShownPart("name", "Maria Teresa Oduya", "", paper.find("Maria Teresa Oduya")),
        ShownPart("role", "purchasing", "", paper.find("purchasing")),
    )
    yield value(
        10,
        "contacts",
        "Maria Teresa Oduya, purchasing",
        person,
        parts=parts,
        marks=(("struck", "purchasing"),),
        cell=("Buyer", "Contact"),
    )
    yield value(
        11, "agreement_date", "April 1, 2024", paper.find("April 1, 2024"), "rejected", "2024-04-01", 0.06, round_number=1,
        reason="the critic says that it is not the date of the agreement",
        history=ShownHistory(6, (played(1, "first", ["April 1, 2024"], 0.06, doubt), played(2, "dropped", [], None)), "clean"),
    )  # fmt: skip
    yield value(12, "fee", "USD 300,000", (), "rejected", "", None, reason="the quote is not in the document")


def _revised(paper: Paper) -> ShownValue:
    """A value that came up in round 2 and was reviewed."""
    first = played(
        1, "first", ["three years"], 0.34,
        ShownFinding("malformed", "grounding", "the quote is not in the text", 1.0, "a term of three years"),
        last=False,
    )  # fmt: skip
    second = played(2, "changed", ["three (3) years"], 0.97)
    review = ShownReview("a.lindqvist", "accepted", "", "compared with the signed copy", AT)
    return value(
        4, "term", "three (3) years", paper.find("an initial term of three (3) years"), normal="P3Y", round_number=2,
        history=ShownHistory(1, (first, second), "clean", (review,)),
    )  # fmt: skip


def _note(paper: Paper, marker: str) -> ShownNote:
    if marker == "7":
        body = paper.find(
            "7 Interest is 6 % for a year, from the due date until payment is received in full."
        )
        sentence = "Late sums bear interest at the rate of the note7 below."
        return ShownNote("7", 1, body, _marker(paper, "note7", 4), sentence)
    body = paper.find(
        "8 Liability is limited to the fees paid in the twelve months before the claim, and to USD 1,000,000 for all claims together."
    )
    sentence = "Except for gross negligence, the total liability of either party is limited as the parties have agreed.8"
    return ShownNote("8", 2, body, _marker(paper, "agreed.8", 7), sentence)


def _marker(paper: Paper, words: str, skipped: int) -> tuple[ShownRange, ...]:
    (whole,) = paper.find(words)
    return tuple(paper._ranges(whole.start + skipped, whole.end))  # pyright: ignore[reportPrivateUsage]


def contract(n_pages: int = 60, n_values: int = 100) -> EvidencePage:
    """Pages as long contracts have them, all with pictures, and values spread over them."""
    return archive(n_pages, n_pictures=n_pages, n_values=n_values)


def archive(n_pages: int = 2_000, n_pictures: int = 100, n_values: int = 100) -> EvidencePage:
    """A long document of which only pages with values have pictures."""
    shift = max(1, n_pages // n_pictures)
    paper = Paper([_filled(number) for number in range(1, n_pages + 1)])
    names = [(f"field_{n}", f"Provision {n}", "found") for n in range(20)]
    notice = (Notice(NoticeCode.ONLY_PAGES_WITH_VALUES),) if n_pictures < n_pages else ()
    return EvidencePage(
        document=document(n_pages),
        run=run(),
        pages=tuple(paper.shown(index, picture=index % shift == 0) for index in range(n_pages)),
        fields=fields(*names, *((f"absent_{n}", f"Other provision {n}", "absent") for n in range(12))),
        values=tuple(_spread(paper, shift, n, n_values, n_pictures) for n in range(n_values)),
        notices=notice,
        made_at=AT,
    )


def _filled(number: int) -> list[PaperLine]:
    body = f"{number}. The yearly fee under this section is USD {1000 + number},000 and is due on the first day of the month. "
    rest = "The parties keep all information of the other party confidential, use it only for the purpose of this agreement, and return or destroy it at its end. "
    noted = f"What is said of the fee holds subject to the note.{number} "
    return [
        *wrapped(f"Section {number}", heading_level=2),
        *wrapped(body + noted + rest * 14),
        *wrapped(
            f"{number} The fee grows by {number % 7 + 2} % in each year after the first, as the index of consumer prices does.",
            "note",
        ),
    ]


def _spread(paper: Paper, shift: int, n: int, n_values: int, n_pictures: int) -> ShownValue:
    index = (n * n_pictures // n_values) * shift % len(paper.pages)
    status = ("verified", "verified", "unsettled", "rejected")[n % 4] if n % 5 else "verified"
    doubt = ShownFinding("boundary", "critic", "the quote begins in the middle of a sentence", 0.7)
    history = ShownHistory(
        n,
        (
            played(1, "first", [f"USD {1001 + index},000"], 0.4, doubt, last=False),
            played(2, "kept", [f"USD {1001 + index},000"], 0.96),
        ),
        "clean",
    )
    words = (
        f"{index + 1} The fee grows by {(index + 1) % 7 + 2} %" if n % 10 == 9 else f"USD {1001 + index},000"
    )
    note = None
    if n % 10 == 9:
        body = paper.find(
            f"{index + 1} The fee grows by {(index + 1) % 7 + 2} % in each year after the first, as the index of consumer prices does."
        )
        note = ShownNote(
            str(index + 1),
            index + 1,
            body,
            _marker(paper, f"the note.{index + 1} ", 9),
            "What is said of the fee holds subject to the note.",
        )
    return value(
        n + 1,
        f"field_{n % 20}",
        words,
        paper.find(words),
        status,
        probability=0.96,
        round_number=1 + n % 2,
        note=note,
        history=history,
    )


def every_notice() -> EvidencePage:
    """All notices at once, pages that nobody read, and pages without pictures."""
    page = small()
    details = {
        NoticeCode.NOT_DRAWN: "timeout",
        NoticeCode.SUPERSEDED: "0f7c2d0e-5f3b-4b5e-9a51-000000000019",
        NoticeCode.PAGES_NOT_READ: "2, 3",
    }
    first, second, third = page.pages
    return replace(
        page,
        notices=tuple(Notice(code, details.get(code, "")) for code in NoticeCode),
        document=replace(page.document, flags=("redline", "watermark:DRAFT", "has_attachments")),
        pages=(replace(first, picture=None, not_drawn="broken_page"), replace(second, status="ocr"), replace(third, status="needs_ocr", lines=())),
    )  # fmt: skip


def in_text_form(page: EvidencePage) -> EvidencePage:
    """The same as a Word document: lines instead of pictures, no boxes."""
    return replace(
        page,
        document=replace(page.document, form=DocumentForm.TEXT, key="inbox/2026/supply-agreement.docx"),
        pages=tuple(replace(seen, picture=None) for seen in page.pages),
    )


def chinese() -> EvidencePage:
    """A short Chinese contract as text."""
    lines = [
        PaperLine("设备采购合同", heading_level=1),
        PaperLine("甲方：上海临港精密仪器有限公司　乙方：苏州河谷自动化科技有限公司"),
        PaperLine("第一条　合同总价", heading_level=2),
        PaperLine("本合同总价为人民币壹佰贰拾万元整（¥1,200,000.00），含税。甲方应于2025年3月1日前支付30%的预付款，其余款项在设备验收合格之后"),
        PaperLine("三十日内付清。𠮷田株式会社提供的部件另行结算。"),
        PaperLine("第二条　质保期", heading_level=2),
        PaperLine("质保期为验收合格之日起二十四个月[1]。"),
        PaperLine("[1] 易损件的质保期为六个月。", "note"),
    ]  # fmt: skip
    paper = Paper([lines])
    note = ShownNote(
        "[1]",
        1,
        paper.find("[1] 易损件的质保期为六个月。"),
        paper.find("[1]"),
        "质保期为验收合格之日起二十四个月[1]。",
    )
    page = EvidencePage(
        document=document(1, key="合同/设备采购合同.docx"),
        run=run(schema_title="采购合同"),
        pages=(paper.shown(0, picture=False),),
        fields=fields(("price", "合同总价", "found"), ("due", "付款期限", "found"), ("supplier", "部件供应商", "found"), ("warranty", "易损件质保期", "unsettled"), ("penalty", "违约金", "absent")),
        values=(
            value(1, "price", "人民币壹佰贰拾万元整（¥1,200,000.00）", paper.find("人民币壹佰贰拾万元整（¥1,200,000.00）"), normal="CNY 1200000"),
            value(2, "due", "验收合格之后三十日内", paper.find("设备验收合格之后 三十日内付清")),
            value(3, "supplier", "𠮷田株式会社", paper.find("𠮷田株式会社")),
            value(4, "warranty", "六个月", paper.find("六个月"), "unsettled", "P6M", 0.72, reason="the critic doubts it", note=note),
        ),
        made_at=AT,
    )  # fmt: skip
    return in_text_form(page)


HOSTILE = (
    "<script>window.stolen = 1; alert('x')</script>",
    "\"><img src=x onerror='window.stolen = 1'>",
    "</script><script>window.stolen = 1</script>",
    "<!-- <script> --!> ]]> &lt;b&gt; {{ 7 * 7 }} {% raw %} ${7*7}",
    "javascript:window.stolen=1",
    "</title></style><style>body{display:none}</style>",
    "\u202egnp.exe\u2066 line\u2028end\u2029 \u200b",
    "مرحبا بالعقد רישיון",
    "W" * 3000,
)
"""What a contract, a schema or a model may say to attack the page."""


def hostile(n_pages: int = 200) -> EvidencePage:
    """Each text of the page is an attack; a huge table; right-to-left script; many pages."""
    bad = " ".join(HOSTILE)
    table = PaperLine("\t".join(f"<td>{n}</td>" for n in range(1500)))
    pages = [
        [PaperLine(text) for text in HOSTILE],
        [table] * 60,
        *([PaperLine(f"{HOSTILE[n % 3]} {n}")] for n in range(n_pages - 2)),
    ]
    paper = Paper(pages)
    finding = ShownFinding(bad, bad, bad, 0.5, bad, bad)
    history = ShownHistory(0, (ShownRound(1, bad, (bad,), "", bad, "", 0.4, (finding,), bad, True), ShownRound(2, bad, (), bad, bad, bad, None, (), bad, False)), bad, (ShownReview(bad, bad, bad, bad, AT),))  # fmt: skip
    (body,) = paper.find(HOSTILE[0])
    note = ShownNote(bad, 1, (body,), paper.find("javascript:window.stolen=1"), bad)
    part = ShownPart(bad, bad, bad + "x", (body,), bad)
    made = value(
        1,
        bad,
        bad,
        (body,),
        "verified",
        bad + "x",
        0.5,
        reason=bad,
        quote=bad,
        note=note,
        history=history,
        parts=(part,),
        marks=((bad, bad),),
        cell=(bad, bad),
        agreement=bad,
        places=(paper.find(HOSTILE[1]),),
    )
    others = (value(n + 2, "other", text, paper.find(text), quote=text) for n, text in enumerate(HOSTILE))
    return EvidencePage(
        document=ShownDocument(bad, bad, bad, DocumentForm.TEXT, n_pages, ("watermark:" + bad,)),
        run=ShownRun(bad, bad, 1, bad, bad, bad, bad, bad, bad, 1, 1, 0.9, AT, AT),
        pages=tuple(_unnamed(paper.shown(index, picture=False), bad) for index in range(n_pages)),
        fields=(ShownField(bad, bad, bad, bad, "failed", Searched(2, 0, 1, 1, (1,), (bad,))),),
        values=(made, *others),
        notices=(Notice(NoticeCode.SUPERSEDED, bad), Notice(NoticeCode.NOT_DRAWN, bad)),
        checks=((bad, bad, bad),),
        made_at=AT,
    )  # fmt: skip


def _unnamed(page: ShownPage, bad: str) -> ShownPage:
    return replace(page, status=bad, not_drawn=bad)
