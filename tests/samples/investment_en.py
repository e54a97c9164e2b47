"""The English investment agreement: cover and fact sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.samples import assets_en as words
from tests.samples.blocks import Block, Gap, Heading, ParagraphBlock
from tests.samples.figures import Month, money
from tests.samples.investment import Edition
from tests.samples.investment import make as make_edition
from tests.samples.page_style import ENGLISH
from tests.samples.pages import RunningLines

NAME = "investment-agreement-en.pdf"
TITLE = "Investment Participation Agreement"
LOOK = replace(ENGLISH, size=11.5, leading=17)


def make(folder: Path) -> None:
    make_edition(folder, edition(), LOOK)


def edition() -> Edition:
    return Edition(
        name=NAME,
        title=TITLE,
        author="Larkmoor Capital Management Limited",
        language="en",
        running=RunningLines(
            TITLE, "Larkmoor Steady Income Programme V", lambda number, n: f"Page {number} of {n}"
        ),
        cover=_cover(),
        parts={
            "classes": words.classes(),
            "subscription": words.SUBSCRIPTION,
            "valuation": words.valuation(),
            "reports": words.reports(),
            "contacts": words.CONTACTS,
            "record": words.record(),
        },
        factsheet=_factsheet,
    )


def _cover() -> list[Block]:
    return [
        Gap(130),
        ParagraphBlock("Dated 9 June 2023", is_centred=True),
        Gap(40),
        Heading("INVESTMENT PARTICIPATION AGREEMENT", 0, is_listed=False),
        ParagraphBlock("relating to the fifth series of the", is_centred=True),
        ParagraphBlock("**Larkmoor Steady Income Programme**", is_centred=True, size=14),
        Gap(60),
        ParagraphBlock("Larkmoor Capital Management Limited", is_centred=True),
        ParagraphBlock("Stonehaven Meadows Pension Trustees Limited", is_centred=True),
        ParagraphBlock("Ravensgate Depositary Bank plc", is_centred=True),
        Gap(150),
        ParagraphBlock("Counterpart 2 of 3", is_centred=True, size=9),
    ]


def _factsheet(month: Month, comment: Sequence[str]) -> str:
    when = f"{month.last_day:%B %Y}"
    first = f"= SCHEDULE 7: MONTHLY FACT SHEETS\n\n== {when}"
    market, portfolio, outlook = comment
    parts = [
        first if month.index == 0 else f"=- FACT SHEET: {when.upper()}",
        words.opening(month),
        _key_figures(month),
        f"**Markets.** {market} {words.of_markets(month)}",
        _allocation(month),
        f"**Portfolio.** {portfolio} {words.of_portfolio(month)}",
        _deals(month),
        f"**Outlook.** {outlook} {words.of_outlook(month)}",
    ]
    return "\n\n".join(parts)


def _key_figures(month: Month) -> str:
    return "\n".join(
        [
            "| Key figure | Value |",
            f"| Unit Value of Series IV | USD {month.unit_value:.2f} |",
            f"| Gain in the month | {month.gain:.2f}% |",
            f"| Gain since 1 January or the first sheet | {month.gain_of_year:.2f}% |",
            f"| Net assets of Series IV | {money(month.net_assets)} |",
            f"| Loans and leases | {month.n_loans} |",
            f"| Average remaining life | {month.duration_years} years |",
        ]
    )


def _allocation(month: Month) -> str:
    rows = [
        f"| {name} | {weight:.1f}% |" for name, weight in zip(words.SHORT_CLASSES, month.weights, strict=True)
    ]
    return "\n".join(["| Class of asset | Share of the net assets |", *rows])


def _deals(month: Month) -> str:
    rows: list[str] = []
    for deal in month.deals:
        borrower, place = words.BORROWERS[deal.borrower_index]
        state = "made" if deal.is_purchase else "repaid"
        rows.append(
            f"| {borrower} | {words.SHORT_CLASSES[place]} | {money(deal.amount)} | {deal.rate:.1f}% | {state} |"
        )
    return "\n".join(["| Borrower | Class | Amount | Interest | Loan or lease |", *rows])
