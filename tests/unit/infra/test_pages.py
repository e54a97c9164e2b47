"""Templates of pages and charts: every value is escaped, and none may be absent."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from jinja2 import UndefinedError

from infra.cli.pages import render
from infra.cli.pages.plot import BLUE, Axis, Plot

EVIL = '"/><script>x</script>&'


def test_template_without_its_values_raises_undefined_error() -> None:
    with pytest.raises(UndefinedError, match=r"schema|title"):
        render("blind_spots.html.j2")


def test_names_in_a_chart_are_text_and_never_markup() -> None:
    plot = Plot(EVIL, Axis(EVIL, 0, 1, (0, 1), EVIL), Axis(EVIL, 0, 1, (0, 1)))
    plot.dot(0.5, 0.5, BLUE, hint=EVIL)
    plot.text(0, 0, EVIL)
    svg = ElementTree.fromstring(plot.svg())
    assert not [element for element in svg.iter() if element.tag.endswith("script")]
    assert svg.attrib["aria-label"] == EVIL
    texts = [element.text for element in svg.iter() if element.text and element.text.strip()]
    assert texts.count(EVIL) == 4 and texts.count(f"0{EVIL}") == 1


def test_a_value_beyond_an_axis_is_drawn_at_its_end() -> None:
    plot = Plot("", Axis("", 0, 1, ()), Axis("", 0, 1, ()), width=100, height=100, left=10, right=10)
    assert plot.at(7, -7) == (90, 100 - plot.bottom)
