"""Loading a schema, and when two schemas are the same."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.native.text.cues import compile_cues, find_hits
from tasks.core.schema import (
    FieldType,
    Schema,
    SchemaField,
    builtin_schemas,
    load_schema,
    parse_schema,
    promise_of,
)
from tests.unit.core.native.scenes import request

ROOT = Path(__file__).parents[4]
LESSON = ROOT / "docs/lesson"
BERTH, DEALINGS = re.findall(
    r"```yaml\n(.*?)```", (ROOT / "docs/schemas.md").read_text(encoding="utf-8"), re.DOTALL
)


def test_the_schema_and_the_document_of_the_lesson_are_those_that_are_shown() -> None:
    page = (ROOT / "docs/schemas.md").read_text(encoding="utf-8")
    assert (LESSON / "berth.yaml").read_text(encoding="utf-8") == BERTH
    assert f"```\n{(LESSON / 'heron.txt').read_text(encoding='utf-8')}```" in page


@pytest.mark.parametrize("name", ["heron.txt", "otter.txt"])
def test_every_field_of_the_lesson_has_a_sign_in_its_documents(name: str) -> None:
    schema, text = parse_schema(BERTH, "berth.yaml"), (LESSON / name).read_text(encoding="utf-8")
    lines = request(schema, ("body", text)).lines
    found = {
        n for n, cues in compile_cues(schema).items() if any(find_hits(cues, line.text) for line in lines)
    }
    assert {f.name for f in schema.fields if f.cues and not f.examples} <= found


def test_the_examples_on_the_page_load() -> None:
    page = (ROOT / "docs/schemas.md").read_text(encoding="utf-8")
    examples, checks = (
        re.search(rf"```\n({key}:\n.*?)```", page, re.DOTALL) for key in ("examples", "checks")
    )
    assert examples and checks
    names = {"instalments": "money", "price": "money", "deposit": "money", "monthly_rent": "money"}
    names |= {"start_date": "date", "end_date": "date", "tenants": "name"}
    rows = [f"  - {{name: {n}, title: T, description: d, type: {kind}}}\n" for n, kind in names.items()]
    field = "  - name: pets\n    title: T\n    description: d\n" + indent(examples[1], "    ")
    schema = parse_schema("name: s\ntitle: S\nfields:\n" + "".join(rows) + field + checks[1], "s.yaml")
    assert len(schema.checks) == 4 and len(schema.field("pets").examples) == 2


def test_the_documented_records_load() -> None:
    schema = parse_schema(DEALINGS, "dealings.yaml")
    assert {f.name: [p.name for p in f.parts if p.required] for f in schema.fields} == {
        "payment": ["payer", "payee"],
        "termination": ["trigger", "by"],
        "fee": ["service", "price"],
    }
    grounds = schema.field("termination").part("grounds")
    assert (grounds.type, grounds.value_type) == (FieldType.LIST, FieldType.TEXT)


def test_every_schema_in_the_readme_loads() -> None:
    blocks = re.findall(
        r"```yaml\n(name: .*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert [parse_schema(b, "README.md").name for b in blocks]


def test_every_key_and_type_is_documented() -> None:
    page = (ROOT / "docs/schemas.md").read_text(encoding="utf-8")
    keys = {*Schema.model_fields, *SchemaField.model_fields, *FieldType, "required"}
    assert {k for k in keys if f"| `{k}` |" not in page} == set()


def test_a_path_loads_like_a_name(tmp_path: Path) -> None:
    path = tmp_path / "copy.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + (ROOT / "tasks/core/schema/builtin/cv.yaml").read_bytes())
    assert load_schema(str(path)) == load_schema("cv")


def test_what_is_left_out_has_the_documented_default() -> None:
    field = parse_schema(
        "name: s\ntitle: S\nfields:\n  - {name: f, title: F, description: d}\n", "s.yaml"
    ).fields[0]
    assert (field.type, field.cardinality) == ("clause", "many")
    assert (field.choices, field.cues, field.examples, field.trained_as) == ((), (), (), None)


def test_words_that_yaml_would_take_for_something_else_stay_text() -> None:
    text = "name: s\ntitle: 2024-02-30\nfields:\n  - {name: f, title: 12, description: yes, cues: [!x no, 0x1]}\n"
    schema = parse_schema(text, "s.yaml")
    assert (schema.title, schema.fields[0].title) == ("2024-02-30", "12")
    assert (schema.fields[0].description, schema.fields[0].cues) == ("yes", ("no", "0x1"))


def test_a_field_that_is_not_there_raises_key_error() -> None:
    with pytest.raises(KeyError, match="nosuch"):
        load_schema("cv").field("nosuch")


@pytest.mark.parametrize("name", builtin_schemas())
def test_layout_is_no_part_of_a_schema(name: str) -> None:
    schema = load_schema(name)
    as_json = parse_schema(schema.model_dump_json(), "other.json")
    assert as_json == schema and as_json.digest == schema.digest


@given(st.data())
def test_any_change_of_wording_is_another_schema(data: st.DataObject) -> None:
    schema = load_schema("medical")
    position = data.draw(st.integers(0, len(schema.fields) - 1))
    key = data.draw(st.sampled_from(["title", "description"]))
    field = schema.fields[position]
    worded = field.model_copy(update={key: getattr(field, key) + data.draw(st.text(min_size=1, max_size=3))})
    changed = schema.model_copy(
        update={"fields": (*schema.fields[:position], worded, *schema.fields[position + 1 :])}
    )
    assert changed.digest != schema.digest


def test_a_schema_without_checks_and_promise_says_nothing_of_them() -> None:
    """Else every stored run would be of another schema than the file it was done with."""
    assert not {"checks", "promise"} & load_schema("cv").model_dump(mode="json").keys()


def test_checks_promise_and_marked_examples_are_part_of_the_schema() -> None:
    schema = parse_schema(BERTH, "berth.yaml")
    assert (schema.promise, schema.checks) == (0.9, ("start_date < end_date", "deposit <= fee"))
    assert schema.field("boat").example_texts == ("for the fishing boat “Auk” of Mr Brandt",)
    assert parse_schema(schema.model_dump_json(), "other.json") == schema
    for old, new in [
        ("promise: 0.9", "promise: 0.96"),
        ("deposit <= fee", "deposit < fee"),
        ('value: "Auk"', 'value: "fishing boat"'),
    ]:
        assert parse_schema(BERTH.replace(old, new), "berth.yaml").digest != schema.digest


def test_a_schema_without_records_says_nothing_of_them() -> None:
    """Else every stored run would be of another schema than the file it was done with."""
    said = [f.model_dump(mode="json") for f in load_schema("cv").fields]
    assert all(not {"items", "parts"} & row.keys() for row in said)


def test_any_change_of_a_part_is_another_schema() -> None:
    schema = parse_schema(DEALINGS, "dealings.yaml")
    for old, new in [
        ("required: true", "required: false"),
        ("name: payee", "name: paid"),
        ("[monthly", "[daily"),
    ]:
        assert parse_schema(DEALINGS.replace(old, new, 1), "dealings.yaml").digest != schema.digest


def test_a_schema_with_records_reads_its_own_json() -> None:
    schema = parse_schema(DEALINGS, "dealings.yaml")
    assert parse_schema(schema.model_dump_json(), "dealings.json") == schema


def test_the_order_of_fields_is_part_of_a_schema() -> None:
    schema = load_schema("medical")
    assert schema.model_copy(update={"fields": schema.fields[::-1]}).digest != schema.digest


def test_a_schemas_own_promise_comes_before_the_settings() -> None:
    plain = load_schema("investment")
    assert promise_of(plain, 0.95) == 0.95
    assert promise_of(plain.model_copy(update={"promise": 0.99}), 0.95) == 0.99


def test_nothing_is_promised_of_a_schema_whose_fields_all_have_a_trained_head() -> None:
    cuad = load_schema("cuad")
    own = SchemaField(name="pets", title="Pets", description="Whether animals are allowed.")
    assert promise_of(cuad.model_copy(update={"promise": 0.99}), 0.95) is None
    assert promise_of(cuad.model_copy(update={"fields": (*cuad.fields, own)}), 0.95) == 0.95
