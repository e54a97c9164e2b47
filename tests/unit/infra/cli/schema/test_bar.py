"""A schema's bar moves with a person's decisions, and is written beside its promise."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.cli.schema.bar import CRITIC, bar, with_bar
from tasks.core.errors import ConfigurationError
from tasks.core.native.critic.evidence_judge import DEFAULT_PROMISE, PromiseBars
from tasks.core.schema import load_schema, parse_schema

FIELDS = "fields:\n  - {name: fee, title: Fee, description: What is paid., type: money, cues: [fee]}\n"
TEXT = f"# ours\nname: berth   # short\ntitle: Berth\n\n# what we want\n{FIELDS}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TEXT, TEXT.replace("# short\n", "# short\npromise: 0.95\nbar: 0.7712\n")),
        (
            TEXT.replace("\n", "\r\n"),
            TEXT.replace("# short\n", "# short\npromise: 0.95\nbar: 0.7712\n").replace("\n", "\r\n"),
        ),
        (f"{TEXT}promise: 0.95 # agreed\n", f"{TEXT}promise: 0.95 # agreed\nbar: 0.7712\n"),
        (f"{TEXT}promise: 0.95\nbar: 0.9  # old\n", f"{TEXT}promise: 0.95\nbar: 0.7712  # old\n"),
        (
            '{"name": "berth", "title": "B", "fields": [{"name": "fee", "title": "F", "description": "d"}]}',
            '{"name": "berth", "promise": 0.95, "bar": 0.7712, "title": "B", "fields": [{"name": "fee", "title": "F", "description": "d"}]}',
        ),
    ],
    ids=["new", "windows", "promise", "both", "json"],
)
def test_promise_and_bar_are_written_and_every_other_character_stays(old: str, new: str) -> None:
    assert with_bar(old, "berth.yaml", 0.95, 0.7712) == new


@given(st.floats(0.0001, 1.0).map(lambda x: max(0.0001, round(x, 4))), st.sampled_from([0.51, 0.9, 0.975]))
def test_any_bar_is_read_back(value: float, promise: float) -> None:
    schema = parse_schema(with_bar(TEXT, "berth.yaml", promise, value), "berth.yaml")
    assert (schema.promise, schema.bar) == (promise, value)
    assert with_bar(with_bar(TEXT, "f", promise, value), "f", promise, 0.5) == with_bar(
        TEXT, "f", promise, 0.5
    )


def files(folder: Path, n_right: int, n_wrong: int, score: float, text: str = TEXT) -> tuple[Path, Path]:
    schema, decisions = folder / "berth.yaml", folder / "decisions.csv"
    schema.write_text(text, encoding="utf-8")
    with decisions.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["field", "status", "score", "reason", "right"])
        writer.writerows([["fee", "verified", score, "", i < n_right] for i in range(n_right + n_wrong)])
    return schema, decisions


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COUNTERSIGN_PROMISE", raising=False)


def test_wrong_values_raise_the_bar_and_it_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema, decisions = files(tmp_path, 15, 15, 0.9)
    bar(schema, decisions)
    loaded = load_schema(str(schema))
    assert (loaded.promise, loaded.bar) == (DEFAULT_PROMISE, 1.0)
    said = capsys.readouterr().out
    assert "30 fewer values of 30 would be verified" in said
    assert f"written to {schema.name}" in said.replace("\n", "").replace(str(tmp_path) + "/", "")


def test_right_values_leave_the_bar_where_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema, decisions = files(tmp_path, 40, 0, 0.9)
    bar(schema, decisions)
    assert schema.read_text(encoding="utf-8") == TEXT
    assert "Nothing was written." in capsys.readouterr().out


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    schema, decisions = files(tmp_path, 15, 15, 0.9)
    bar(schema, decisions, dry_run=True)
    assert schema.read_text(encoding="utf-8") == TEXT


def test_the_schemas_promise_and_the_settings_choose_the_bar_it_starts_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = PromiseBars.load(CRITIC)
    monkeypatch.setenv("COUNTERSIGN_PROMISE", "0.8")
    for text, promise in ((TEXT, 0.8), (f"{TEXT}promise: 0.6\n", 0.6)):
        bar(*files(tmp_path, 40, 0, 0.9, text))
        assert f"The bar stays at {shipped.bar(promise):g}." in capsys.readouterr().out


def test_too_few_decisions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="19 decided values"):
        bar(*files(tmp_path, 19, 0, 0.9))


def test_a_schema_with_trained_heads_alone_has_no_bar_to_move(tmp_path: Path) -> None:
    trained = TEXT.replace("type: money,", "type: money, trained_as: cuad/parties,")
    with pytest.raises(ConfigurationError, match="trained head"):
        bar(*files(tmp_path, 30, 0, 0.9, trained))
