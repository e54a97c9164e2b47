"""The Chinese investment agreement: cover and fact sheets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.samples import assets_zh as words
from tests.samples.blocks import Block, Gap, Heading, ParagraphBlock
from tests.samples.figures import Month, money
from tests.samples.investment import Edition
from tests.samples.investment import make as make_edition
from tests.samples.page_style import chinese_look, find_song
from tests.samples.pages import RunningLines

NAME = "investment-agreement-zh.pdf"
TITLE = "云帆稳健收益计划投资合同"


def make(folder: Path) -> None:
    """Leave the file as it is where the typeface is missing, and say so."""
    font_file = find_song()
    if font_file is None:
        print(f"{NAME}: not made, no Song typeface (Debian: fonts-arphic-gbsn00lp)")
        return
    make_edition(folder, edition(), chinese_look(font_file))


def edition() -> Edition:
    return Edition(
        name=NAME,
        title=TITLE,
        author="岚泽资本管理有限公司",
        language="zh",
        running=RunningLines(TITLE, "合同编号：LZ-2023-0609", lambda number, n: f"第{number}页　共{n}页"),
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
        Gap(120),
        ParagraphBlock("合同编号：LZ-2023-0609", is_centred=True),
        Gap(50),
        Heading(TITLE, 0, is_listed=False),
        ParagraphBlock("（第五期）", is_centred=True),
        Gap(90),
        ParagraphBlock("投资者：云杉谷职业年金受托管理有限公司", is_centred=True),
        ParagraphBlock("管理人：岚泽资本管理有限公司", is_centred=True),
        ParagraphBlock("托管人：青屿商业银行股份有限公司", is_centred=True),
        Gap(90),
        ParagraphBlock("2023年6月", is_centred=True),
    ]


def _factsheet(month: Month, comment: Sequence[str]) -> str:
    when = f"{month.last_day.year}年{month.last_day.month}月"
    market, portfolio, outlook = comment
    parts = [
        f"= 附件七　月度简报\n\n== {when}" if month.index == 0 else f"=- {when}简报",
        words.opening(month),
        _key_figures(month),
        f"市场：{market}{words.of_markets(month)}",
        _allocation(month),
        f"组合：{portfolio}{words.of_portfolio(month)}",
        _deals(month),
        f"展望：{outlook}{words.of_outlook(month)}",
    ]
    return "\n\n".join(parts)


def _key_figures(month: Month) -> str:
    return "\n".join(
        [
            "| 主要指标 | 数值 |",
            f"| 云帆四期份额净值 | {month.unit_value:.2f}元 |",
            f"| 当月涨幅 | {month.gain:.2f}% |",
            f"| 年初（或首份简报）至今涨幅 | {month.gain_of_year:.2f}% |",
            f"| 净资产 | {money(month.net_assets, '')}元 |",
            f"| 贷款和租赁笔数 | {month.n_loans} |",
            f"| 平均剩余期限 | {month.duration_years}年 |",
        ]
    )


def _allocation(month: Month) -> str:
    rows = [
        f"| {name} | {weight:.1f}% |" for name, weight in zip(words.SHORT_CLASSES, month.weights, strict=True)
    ]
    return "\n".join(["| 资产类别 | 占净资产比例 |", *rows])


def _deals(month: Month) -> str:
    rows: list[str] = []
    for deal in month.deals:
        borrower, place = words.BORROWERS[deal.borrower_index]
        state = "发放" if deal.is_purchase else "收回"
        rows.append(
            f"| {borrower} | {words.SHORT_CLASSES[place]} | {money(deal.amount, '')}元 | {deal.rate:.1f}% | {state} |"
        )
    return "\n".join(["| 债务人 | 类别 | 金额 | 利率 | 贷款或租赁 |", *rows])
