"""A marked example finds its like in another text."""

from __future__ import annotations

from tasks.core.native.own.anchors import anchored, anchors_of, shape
from tasks.core.schema import FieldType, SchemaField
from tasks.core.schema.fields import MarkedExample


def field(*examples: tuple[str, str]) -> SchemaField:
    marked = tuple(MarkedExample(text=t, value=v) for t, v in examples)
    return SchemaField(name="x", title="X", description="x", type=FieldType.TEXT, examples=marked)


def found(made: SchemaField, text: str) -> list[str]:
    return [text[a:b].strip() for anchor in anchors_of(made.examples) for a, b in anchored(anchor, text)]


def test_value_between_the_same_words_is_found() -> None:
    made = field(("by and between Ninebark Homes LLC (the Landlord)", "Ninebark Homes LLC"))
    assert "Tarnholt, Moss & Reed LLP" in found(
        made, "By and\nbetween Tarnholt, Moss & Reed LLP (the Landlord)"
    )


def test_value_of_another_shape_is_not() -> None:
    made = field(("the vessel Aurora sails", "Aurora"))
    assert found(made, "the vessel 4711 sails") == []


def test_chinese_value_is_found_behind_the_same_words() -> None:
    made = field(("甲方安排乙方担任装调工程师。", "装调工程师"))
    assert "质检组长" in found(made, "公司安排你担任质检组长，自下月起。")


def test_plain_example_has_no_anchor() -> None:
    plain = SchemaField(name="x", title="X", description="x", examples=("between A and B",))
    assert anchors_of(plain.examples) == ()


def test_value_that_is_the_whole_example_has_no_anchor() -> None:
    assert anchors_of(field(("Aurora", "Aurora")).examples) == ()


def test_shape_is_that_of_the_first_character() -> None:
    assert [shape(v) for v in ("Aurora", "aurora", "4711", "海运", '"Aurora"')] == ["A", "a", "1", "汉", "A"]
