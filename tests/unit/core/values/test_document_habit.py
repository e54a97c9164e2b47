import pytest

from tasks.core.values.document_habit import habit_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Die Miete beträgt 1.480,00 EUR.", True),
        ("zu 5,25 % jährlich", True),
        ("a fee of USD 1,480.00", False),
        ("at 5.25 % and EUR 1,500", False),
        ("Section 4.2 of 01.07.2025", None),
        ("EUR 250.000", None),
        ("EUR 1.480,00 and USD 1,480.00", None),
        ("Der Mieter zahlt die Miete und der Vermieter das Wasser", True),
        ("The tenant pays the rent and the landlord pays EUR 250.000", None),
    ],
)
def test_a_decimal_comma_is_known_from_values_that_leave_nothing_open(
    text: str, expected: bool | None
) -> None:
    assert habit_of(text).decimal_comma is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 13/07/2025 and 03/04/2025", True),
        ("on 07/13/2025", False),
        ("on 13/07/2025 and 07/13/2025", None),
        ("on 03/04/2025", None),
    ],
)
def test_the_order_of_day_and_month_is_known_from_a_day_above_twelve(
    text: str, expected: bool | None
) -> None:
    assert habit_of(text).day_first is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The fee is $5,000. All sums are in U.S. dollars.", {"$": "USD"}),
        ("HK$ 200 and US$ 300, then $5", {}),
        ('"$" means Canadian dollars', {"$": "CAD"}),
        ('("$") means the lawful currency of Australia; US$ 5 and A$ 5 differ', {"$": "AUD"}),
        ("合同价款以人民币支付，共5,000元", {"元": "CNY"}),
        ("Hyran är SEK 12 500, avgiften 500 kr", {"kr": "SEK"}),
        ("Rs. 25,000 payable at Mumbai", {"Rs": "INR"}),
        ("Rs. 25,000 payable at Mumbai or Karachi", {}),
        ("Fr. 50 neben CHF 80", {"Fr": "CHF"}),
        ("a plain $5", {}),
    ],
)
def test_a_sign_stands_for_the_only_currency_that_the_text_names(text: str, expected: dict[str, str]) -> None:
    assert dict(habit_of(text).currencies) == expected
