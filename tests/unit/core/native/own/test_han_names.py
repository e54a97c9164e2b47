"""Chinese companies, persons and addresses in running text."""

from __future__ import annotations

import pytest

from tasks.core.native.own.han_names import han_names
from tasks.core.native.own.spans import SpanKind


def found(text: str, kind: SpanKind = SpanKind.NAME) -> list[str]:
    return ["".join(text[a:b].split()) for k, a, b in han_names(text) if k is kind]


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("买方：青岚海运集团有限公司（下称甲方）", "青岚海运集团有限公司"),
        ("由云栖山水（杭州）科技有限公司承担", "云栖山水（杭州）科技有限公司"),
        ("贷款人：江澄农村商业银行股份有限公司城东支行", "江澄农村商业银行股份有限公司城东支行"),
        ("何大山和枫岭县兴和农资经营部对本合同承担保证", "枫岭县兴和农资经营部"),
        ("委托深圳市安岚物业服\n务有限公司管理", "深圳市安岚物业服务有限公司"),
        ("需方 青岛海岚海洋科技研究院", "青岛海岚海洋科技研究院"),
    ],
)
def test_company_is_found_to_its_last_word(text: str, company: str) -> None:
    assert company in found(text)


@pytest.mark.parametrize("text", ["本公司不得转让", "由该公司承担", "任何一方公司"])
def test_the_company_without_a_name_is_no_name(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("出借人：周建林，男", "周建林"),
        ("今有陈立明（男）向许文山（住青田县）借到", "许文山"),
        ("担保人：欧阳明月、吕卫山", "欧阳明月"),
        ("担保人：欧阳明月、吕卫山", "吕卫山"),
        ("联系人：姚静，电话", "姚静"),
    ],
)
def test_person_is_found_by_surname_and_neighbours(text: str, person: str) -> None:
    assert person in found(text)


@pytest.mark.parametrize("text", ["单价，含税", "方式：现金", "本合同全文。"])
def test_word_that_begins_like_a_surname_is_no_person(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "房屋坐落于北京市朝阳区望岚西园三区308号楼2单元1104室，建筑面积",
            "北京市朝阳区望岚西园三区308号楼2单元1104室",
        ),
        ("乙方在上海市松江区新岚镇民益路201号厂区上班；", "上海市松江区新岚镇民益路201号厂区"),
    ],
)
def test_address_is_found_behind_its_lead(text: str, address: str) -> None:
    assert address in found(text, SpanKind.PLACE)
