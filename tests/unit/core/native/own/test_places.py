"""Jurisdictions, courts and addresses."""

from __future__ import annotations

import pytest

from tasks.core.native.own.places import addresses, courts, jurisdictions


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("governed by the laws of the State of Ohio, without", "State of Ohio"),
        ("governed by the laws of the State of Ohio, without", "Ohio"),
        ("governed by the law of England and Wales.", "England and Wales"),
        ("subject to the laws of the Federal Republic of Germany.", "Federal Republic of Germany"),
        ("This contract is under Irish law.", "Irish law"),
        ("This contract is under Irish law.", "Irish"),
        ("New Zealand law applies", "New Zealand"),
        ("read under the laws of Ireland, and", "Ireland"),
    ],
)
def test_jurisdiction_stands_beside_law(text: str, place: str) -> None:
    assert place in [text[a:b] for a, b in jurisdictions(text)]


def test_law_firm_is_no_jurisdiction() -> None:
    assert list(jurisdictions("advised by a Dublin law firm")) == []


@pytest.mark.parametrize(
    ("text", "court"),
    [
        ("before the District Court of The Hague (rechtbank)", "District Court of The Hague"),
        (
            "in the state and federal courts located in Wren County, Maine, and",
            "state and federal courts located in Wren County, Maine",
        ),
        ("disputes go to the courts of Lyon.", "courts of Lyon"),
        (
            "under the rules of the Singapore International Arbitration Centre.",
            "Singapore International Arbitration Centre",
        ),
        ("BROUGHT BEFORE THE TRIBUNAL DE COMMERCE OF LYON", "TRIBUNAL DE COMMERCE OF LYON"),
        ("提交青岚市嘉定区劳动人事争议仲裁委员会仲裁", "青岚市嘉定区劳动人事争议仲裁委员会"),
        ("由深圳市南山区人民法院管辖", "深圳市南山区人民法院"),
    ],
)
def test_court_is_found_with_its_place(text: str, court: str) -> None:
    assert court in [text[a:b] for a, b in courts(text)]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "the dwelling known as 1187 Marlow Street, Apartment 4C, Columbus, Ohio 43201.",
            "1187 Marlow Street, Apartment 4C, Columbus, Ohio 43201",
        ),
        ("House: 27 Plater Lane, Jericho, Oxford OX2 6QJ", "27 Plater Lane, Jericho, Oxford OX2 6QJ"),
        (
            "in the building Dufourstrasse 118–122, 8008 Zürich (the “Installations”)",
            "Dufourstrasse 118–122, 8008 Zürich",
        ),
        (
            "Flat B on the 17th Floor of Wing Mansion, 112 Bonham Road, Hong Kong.",
            "Flat B on the 17th Floor of Wing Mansion, 112 Bonham Road, Hong Kong",
        ),
    ],
)
def test_address_runs_from_number_to_last_piece(text: str, address: str) -> None:
    assert address in [text[a:b] for a, b in addresses(text)]


def test_sum_and_date_are_no_address() -> None:
    assert list(addresses("On 1 July 2025, EUR 500 are due")) == []
