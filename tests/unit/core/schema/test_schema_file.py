"""Loading a schema, and when two schemas are the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.native.generator.by_schema import read_field
from tasks.core.schema import FieldType, Schema, SchemaField, builtin_schemas, load_schema, parse_schema
from tests.unit.core.native.scenes import request

ROOT = Path(__file__).parents[4]
LEASE, DEALINGS = re.findall(
    r"```yaml\n(.*?)```", (ROOT / "docs/schemas.md").read_text(encoding="utf-8"), re.DOTALL
)


def test_the_documented_example_loads() -> None:
    schema = parse_schema(LEASE, "lease.yaml")
    assert schema.field_names == ("monthly_rent", "subletting", "heating", "pets_allowed")
    assert schema.field("heating").choices == ("gas", "oil", "district heating", "heat pump")


def test_the_documented_example_finds_what_it_says() -> None:
    text = (
        "The monthly rent amounts to EUR 4,200.00 plus VAT. The Tenant may not sublet the rooms. The rooms are heated by "
        "district heating. Pets are permitted."
    )
    schema = parse_schema(LEASE, "lease.yaml")
    made = request(schema, ("body", text))
    assert {n: [r.value for _, r in read_field(made.cues[n], made.lines)] for n in schema.field_names} == {
        "monthly_rent": ["EUR 4,200.00"],
        "subletting": ["The Tenant may not sublet the rooms."],
        "heating": ["district heating"],
        "pets_allowed": ["true"],
    }


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
