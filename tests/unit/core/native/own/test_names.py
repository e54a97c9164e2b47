"""Runs of capitalised words: whole companies, single persons, no sentences."""

from __future__ import annotations

import pytest

from tasks.core.native.own.names import is_common, names
from tasks.core.native.own.spans import SpanKind


def found(text: str, kind: SpanKind | None = None) -> list[str]:
    return [" ".join(text[a:b].split()) for k, a, b in names(text) if kind is None or k is kind]


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("made between Quillmere Foods Limited, registered in Wales", "Quillmere Foods Limited"),
        ("by Tarnholt Mapping & Survey, LLC and others", "Tarnholt Mapping & Survey, LLC"),
        ("PEARL MARSH COMMERCIAL BANK CO., LTD., a bank", "PEARL MARSH COMMERCIAL BANK CO., LTD."),
        ("with Oststern Logistik GmbH & Co. KG (the Carrier)", "Oststern Logistik GmbH & Co. KG"),
        ("between Kalder & Stroud Bank\nplc and another", "Kalder & Stroud Bank plc"),
        ("Delivered by Fjordlys Planering A/S", "Fjordlys Planering A/S"),
        ("For PT Cahaya Sembilan Laut, Jakarta", "PT Cahaya Sembilan Laut"),
        ("sold by Wombat Ridge Surveyors Pty Ltd (ABN 1)", "Wombat Ridge Surveyors Pty Ltd"),
        ("and Northmere Fund IV, L.P. jointly", "Northmere Fund IV, L.P."),
        ("Saint-\nMalo Optique SARL, 3 rue Basse", "Saint- Malo Optique SARL"),
        ("Parc éolien des Quatre Ormes SAS, a company", "Parc éolien des Quatre Ormes SAS"),
        ("Chief Officer BRACKEN SHIPPING, INC.", "BRACKEN SHIPPING, INC."),
        ("Sphere 3D Corp. and others", "Sphere 3D Corp."),
        ("(MERLION SYSTEMS (ASIA) PTE. LTD. is bound)", "MERLION SYSTEMS (ASIA) PTE. LTD."),
    ],
)
def test_company_is_found_with_its_legal_form(text: str, company: str) -> None:
    assert company in found(text, SpanKind.NAME)


def test_company_behind_a_label_is_given_without_the_label() -> None:
    text = "Named Insured Tarnholt Survey, LLC"
    assert "Tarnholt Survey, LLC" in found(text)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Mr Callum J. Renfrew and Ms Yewande Adeyo", ["Callum J. Renfrew", "Yewande Adeyo"]),
        (
            "Honor M. Tremblay, Shan R. Colby and Teo Vancer sign",
            ["Honor M. Tremblay", "Shan R. Colby", "Teo Vancer"],
        ),
        ("CHAN KA YUEN, holder of a card", ["CHAN KA YUEN"]),
        ("Part II. LAU CHI MING, holder of a card", ["LAU CHI MING"]),
        ("Jan van der Meulen, Delft", ["Jan van der Meulen"]),
    ],
)
def test_each_person_of_a_list_is_found_without_title(text: str, people: list[str]) -> None:
    assert set(people) <= set(found(text))


def test_doctor_is_given_with_and_without_title() -> None:
    assert {"Dr. Lena Brandt", "Lena Brandt"} <= set(found("by Dr. Lena Brandt, born 1987"))


def test_two_companies_are_not_joined_by_and() -> None:
    text = "Quillmere Foods Limited and Stroud Fund LP"
    assert {"Quillmere Foods Limited", "Stroud Fund LP"} <= set(found(text))


def test_company_with_and_in_its_name_is_whole() -> None:
    assert "Kainulan Saha ja Höylä Oy" in found("Kainulan Saha ja Höylä Oy, Kajaani")


def test_first_word_of_a_sentence_is_no_name() -> None:
    assert found("The tenant pays. This ends. If not, it stays.") == []


def test_word_of_contracts_is_common_and_a_surname_is_not() -> None:
    assert is_common("Agreement")
    assert is_common("Landlord")
    assert not is_common("Renfrew")
