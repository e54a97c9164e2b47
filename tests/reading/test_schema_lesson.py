"""The lesson of docs/schemas.md: its commands print what the page shows, and nothing wrong is verified."""

from __future__ import annotations

import difflib
import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.cli.main import app, error_message
from tasks.core.errors import CountersignError

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/schemas.md").read_text(encoding="utf-8")
CALLS = re.findall(r"^\$ countersign (schema .+)\n((?:(?!\$ |```).*\n)*)", PAGE, re.MULTILINE)
TRUTH = {
    "heron.txt": {
        "harbour": {"Saltmarsh Harbour Company Ltd"}, "owner": {"Ingrid Vale"}, "boat": {"Heron"}, "length": {"11.4", "11.4 m"},
        "start_date": {"2026-04-01"}, "end_date": {"2027-03-31"}, "fee": {"EUR 3480"}, "deposit": {"EUR 600"},
        "insurance": {"EUR 3000000"}, "notice": {"P3M"}, "living_aboard": {"false"},
    },
    "otter.txt": {
        "harbour": {"Marina Kestrel Point AG"}, "owner": {"Tobias Amrein"}, "boat": {"Otter"}, "length": {"8.9", "8.9 m"},
        "start_date": {"2026-05-01"}, "end_date": {"2027-04-30"}, "fee": {"CHF 2150"}, "deposit": {"CHF 400"},
        "insurance": {"CHF 2000000"}, "notice": {"P60D"}, "living_aboard": {"true"},
    },
}  # fmt: skip
"""The right value of each field, in its normal form if its type has one."""


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the lesson's documents at the page's paths, and the user's copy of the schema."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "berth.yaml").write_bytes((ROOT / "docs/lesson/berth.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(result: Result) -> str:
    error = result.exception
    return result.stdout + (error_message(error) if isinstance(error, CountersignError) else "")


def test_the_page_shows_four_calls() -> None:
    assert [shlex.split(call)[1] for call, _ in CALLS] == ["check", "check", "learn", "learn"]


@pytest.mark.parametrize(("call", "shown"), CALLS, ids=range(len(CALLS)))
def test_a_call_on_the_page_prints_what_the_page_shows(lesson: Path, call: str, shown: str) -> None:
    printed = told(CliRunner().invoke(app, shlex.split(call)))
    lines = [line.removesuffix(" …") for line in shown.splitlines() if line != "…"]
    assert lines and [line for line in lines if line not in printed] == []


def test_what_was_learned_is_in_the_file_and_only_once(lesson: Path) -> None:
    call = shlex.split(CALLS[2][0])
    before = Path("berth.yaml").read_text(encoding="utf-8").splitlines()
    assert CliRunner().invoke(app, [*call, "--dry-run"]).exit_code == 0
    assert Path("berth.yaml").read_text(encoding="utf-8").splitlines() == before
    assert CliRunner().invoke(app, call).exit_code == 0
    learned = Path("berth.yaml").read_text(encoding="utf-8").splitlines()
    changes = list(difflib.ndiff(before, learned))
    assert [c[2:] for c in changes if c[0] == " "] == before and len(learned) == len(before) + 7
    assert "has this example already" in CliRunner().invoke(app, call).stdout
    assert Path("berth.yaml").read_text(encoding="utf-8").splitlines() == learned


def test_every_field_is_asked_for_and_an_empty_line_passes_it_over(lesson: Path) -> None:
    typed = "\n\nOtter\n9.8 m\n8.9 m\n" + "\n" * 4 + "CHF 2’000’000\n\nmay live aboard\n"
    result = CliRunner().invoke(
        app, ["schema", "learn", "berth.yaml", "--document", "docs/lesson/otter.txt"], input=typed
    )
    assert "`length`: the document does not say these words" in result.stdout
    assert "4 examples written" in result.stdout
    learned = Path("berth.yaml").read_text(encoding="utf-8")
    assert all(f'value: "{v}"' in learned for v in ("Otter", "8.9 m", "CHF 2’000’000", "may live aboard"))


@pytest.mark.parametrize(
    "value", ["nosuch=Otter", "boat", "boat=", "boat#x=Otter", "boat#2=Otter", "boat=Oter"]
)
def test_what_cannot_be_learned_is_refused_before_anything_is_written(lesson: Path, value: str) -> None:
    call = [
        "schema",
        "learn",
        "berth.yaml",
        "--document",
        "docs/lesson/otter.txt",
        "--value",
        "boat=Otter",
        "--value",
        value,
    ]
    result = CliRunner().invoke(app, call)
    assert result.exit_code == 1 and "Nothing was written" in told(result)
    assert Path("berth.yaml").read_bytes() == (ROOT / "docs/lesson/berth.yaml").read_bytes()


def test_a_document_without_text_is_not_learned_from(lesson: Path) -> None:
    Path("empty.txt").write_text("")
    result = CliRunner().invoke(
        app, ["schema", "learn", "berth.yaml", "--document", "empty.txt", "--value", "boat=Otter"]
    )
    assert result.exit_code == 3 and "Nothing was written" in result.stdout


def test_a_check_gives_programs_everything(lesson: Path) -> None:
    Path("empty.txt").write_text("")
    call = [
        "schema",
        "check",
        "berth.yaml",
        "--json",
        "--documents",
        "docs/lesson/heron.txt",
        "--documents",
        "empty.txt",
    ]
    result = CliRunner().invoke(app, call)
    report = json.loads(result.stdout)
    assert result.exit_code == 0 and report["valid"]
    assert [bool(d["refused"]) for d in report["documents"]] == [False, True]
    fields = {f["name"]: f for f in report["fields"]}
    assert [(c["cue"], c["found"], c["line"]) for c in fields["start_date"]["cues"]] == [
        ("begins on", 1, 48),
        ("commencement date", 0, 48),
    ]
    assert [a["field"] for a in report["advice"]] == [
        "owner",
        "length",
        "start_date",
        "end_date",
        "fee",
        "deposit",
        "insurance",
    ]


def test_a_broken_schema_is_told_to_programs_too(lesson: Path) -> None:
    Path("broken.yaml").write_text("name: s\ntitle: S\nfields:\n  - {name: a}\n  - {name: b}\n")
    result = CliRunner().invoke(app, ["schema", "check", "broken.yaml", "--json"])
    report = json.loads(result.stdout)
    assert result.exit_code == 1 and not report["valid"]
    assert [p.split(":")[1] for p in report["problems"]] == ["4", "4", "5", "5"]


def test_a_pattern_that_takes_too_long_on_a_document_is_a_problem(
    lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.core.schema.patterns.MAX_SEARCH_S", 0.0)
    Path("slow.txt").write_text("This licence was " + "signed" * 60 + "! It is long.\n")
    Path("slow.yaml").write_text(
        "name: s\ntitle: S\nfields:\n  - name: day\n    title: D\n    description: d\n    type: text\n"
        "    cues:\n      - '/was/'\n      - '/signed(?=.*!)/'\n"
    )
    result = CliRunner().invoke(app, ["schema", "check", "slow.yaml", "--documents", "slow.txt"])
    assert result.exit_code == 1
    assert "slow.yaml:10: problem: field `day`: entry 2 of `cues` takes too long" in result.stdout


def test_nothing_wrong_is_verified_on_the_documents_of_the_lesson(lesson: Path) -> None:
    call = ["schema", "check", "berth.yaml", "--json", "--documents", "docs/lesson"]
    wrong = [
        (value["document"], field["name"], value["value"])
        for field in json.loads(CliRunner().invoke(app, call).stdout)["fields"]
        for value in field["values"]
        if value["status"] == "verified"
        and not {value["normal"], value["value"]} & TRUTH[value["document"]][field["name"]]
    ]
    assert wrong == []
