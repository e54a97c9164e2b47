"""Ligatures with swapped bytes are mended, with the way back; CJK text next to Latin stays."""

from __future__ import annotations

import pytest

from tasks.core.reading.glyphs import corrected_text, corrections
from tasks.core.text.swapped_letters import has_mixed_scripts, meant_letters


def swapped(*units: int) -> str:
    """Code units with their bytes swapped, as ghostscript writes them."""
    return b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-be")


FI, FL, FF = swapped(0x66, 0x69), swapped(0x66, 0x6C), swapped(0x66, 0x66)
FFI, FFL = swapped(0x66, 0x66 + 0x69), swapped(0x66, 0x66 + 0x6C)


@pytest.mark.parametrize(
    ("in_file", "meant"),
    [
        (f"The {FI}nal o{FFI}ce", "The final office"),
        (f"{FL}u{FF}y wa{FFL}es", "fluffy waffles"),
        (f"certi{FI}cate", "certificate"),
        (FI, "fi"),
    ],
)
def test_swapped_ligatures_read_as_their_letters(in_file: str, meant: str) -> None:
    assert corrected_text(in_file) == meant


@pytest.mark.parametrize(
    "text", ["A股 第3条", "最大N一刀", "赵昀A公司", "B" + FI + "股", "お椀 final", "昀椀股"]
)
def test_cjk_text_next_to_latin_is_left_alone(text: str) -> None:
    assert corrected_text(text) == text
    assert meant_letters(text) == {}


def test_corrections_lead_back_to_the_files_letters() -> None:
    in_file = f"o{FFI}ce {FI}"
    meant = corrected_text(in_file)
    back = list(corrections(in_file))
    assert [(meant[start:end], old) for start, end, old in back] == [
        ("f", FFI[0]),
        ("fi", FFI[1]),
        ("f", FI[0]),
        ("i", FI[1]),
    ]


def test_swapped_letters_that_spell_no_ligature_are_told() -> None:
    assert has_mixed_scripts("con" + swapped(0x76) + "ey")
    assert not has_mixed_scripts("A股 and 最B, final")
