"""`countersign review` over a real database, as a person calls it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from infra.cli.main import error_message
from infra.cli.review import app, sheet
from infra.cli.review.sheet import COLUMNS
from infra.cli.review.sheet_file import as_csv
from infra.reviewers import Reviewer, ReviewerRole, Reviewers
from tasks.core.errors import CountersignError
from tasks.core.review.records import EVERYTHING, DecisionRefused, ItemKind, RefusalCode, ReviewItem, Scope
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_decisions import RISK, YIELD, ask, question
from tests.db.test_error_book import compared


@pytest.fixture(autouse=True)
def opened(store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COUNTERSIGN_REVIEWERS", str(tmp_path / "reviewers.toml"))
    monkeypatch.setattr("infra.cli.database.open_store", lambda: Store(database_url))
    monkeypatch.setattr("getpass.getuser", lambda: "ada")


@pytest.fixture
def run_id(store: Store) -> str:
    return ask(store)


@pytest.fixture
def doubtful(store: Store, run_id: str) -> ReviewItem:
    """`4 %` of `4 % a year`, on page 1."""
    return question(store, ItemKind.VALUE, YIELD)


@pytest.fixture
def passage(store: Store, run_id: str) -> ReviewItem:
    return question(store, ItemKind.PASSAGE, RISK)


def review(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def said(*arguments: object) -> str:
    result = review(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def refused(*arguments: object) -> CountersignError:
    result = review(*arguments)
    assert isinstance(result.exception, CountersignError), result.output
    return result.exception


def now(store: Store, item: ReviewItem) -> ReviewItem:
    return store.review_queue.item(item.item_id, EVERYTHING)


def trail(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT decision, quote, spans, reviewer, reason, shown ->> 'via' FROM review ORDER BY review_id"
    ).fetchall()


# ---------------------------------------------------------------- list and show


def test_the_queue_is_listed_with_the_most_worthy_question_first(run_id: str, passage: ReviewItem) -> None:
    listed = said("list")
    assert [word in listed for word in ("overlooked", "in doubt", "nearly wrong")] == [True] * 3
    assert listed.index("was something overlooked here?") < listed.index("in doubt: is it right?")
    assert "3 open; shown are 3" in listed and f"countersign review show {passage.item_id}" in listed


@pytest.mark.parametrize(
    ("filters", "n"),
    [
        (("--schema", "small"), 3), (("--field", YIELD), 1), (("--document", "a.pdf"), 3),
        (("--document", "b.pdf"), 0), (("--older-than", "1"), 0), (("--older-than", "0"), 3), (("--reason", "doubtful"), 1),
        (("--batch", "flow-7"), 3), (("--reason", "lost"), 0), (("--limit", "2"), 2),
    ],
)  # fmt: skip
def test_the_queue_is_filtered(filters: tuple[str, ...], n: int, store: Store) -> None:
    ask(store, flow_run_id="flow-7")
    rows = [json.loads(line) for line in said("list", "--json", *filters).splitlines()]
    assert len(rows) == n
    assert all(row["document"] == "deals/a.pdf" for row in rows)
    assert n or "Nothing waits for a person here" in said("list", *filters)


@pytest.mark.parametrize(
    ("filters", "says"),
    [
        (("--schema", "cv"), "no question ever had this schema: `cv`"),
        (("--field", "yeild"), "no question ever had this field: `yeild`"),
        (("--batch", "flow-8"), "no run ever was of this batch: `flow-8`"),
        (("--backfill", "spring"), "there is no backfill called `spring`"),
    ],
)
def test_a_name_that_nothing_ever_had_is_told(
    filters: tuple[str, ...], says: str, run_id: str, tmp_path: Path
) -> None:
    assert says in str(refused("list", *filters))
    assert says in str(refused("list", "--json", *filters))
    assert says in str(refused("export", tmp_path / "x.csv", *filters))


def test_an_unknown_reason_names_those_that_there_are(run_id: str) -> None:
    result = review("list", "--reason", "doubt")
    assert result.exit_code == 2 and "nearly_right" in result.output


def test_a_question_is_shown_with_the_page_around_it(doubtful: ReviewItem) -> None:
    shown = said("show", doubtful.item_id)
    for words in (
        "4 % a year",
        "page 1, characters 13-23",
        "0.40 probability",
        "deals/a.pdf",
        "Returns have been steady.",
    ):
        assert words in shown, words
    assert f"countersign review decide {doubtful.item_id} right|wrong" in shown
    as_json = json.loads(said("show", doubtful.item_id, "--json"))
    assert (as_json["item_id"], as_json["spans"], as_json["history"]) == (doubtful.item_id, [[13, 23]], [])
    assert as_json["pages"][0]["text"] == samples.TEXT


def test_a_question_shows_its_history(doubtful: ReviewItem) -> None:
    said("decide", doubtful.item_id, "wrong", "--reason", "a range", "--as", "Ben B.")
    shown = said("show", doubtful.item_id)
    assert "Ben B. said wrong: a range, by command" in shown
    assert "closed" in shown and "Decide it:" not in shown


def test_an_unknown_question_says_so(run_id: str) -> None:
    for command in (("show", 999), ("decide", 999, "right")):
        assert "no such question" in str(refused(*command))


# ---------------------------------------------------------------- decide and withdraw


@pytest.mark.parametrize(
    ("decision", "stored"),
    [
        ("right", "accepted"),
        ("wrong", "rejected"),
        ("not-in-document", "not_in_document"),
        ("GOLD_WRONG", "gold_wrong"),
    ],
)
def test_a_decision_is_stored_under_the_users_name(
    decision: str, stored: str, store: Store, doubtful: ReviewItem, connection: psycopg.Connection
) -> None:
    store.error_book.save_comparison(compared(), [])
    assert "ada said" in said("decide", doubtful.item_id, decision, "--reason", " it says so ")
    assert trail(connection)[0] == (stored, None, None, "ada", "it says so", "command")
    assert not now(store, doubtful).is_open


@pytest.mark.parametrize("how", [("--quote", "the  yield is 4 %"), ("--words", "0-16")])
def test_right_words_are_taken_from_the_page(
    how: tuple[str, str], doubtful: ReviewItem, connection: psycopg.Connection
) -> None:
    said("decide", doubtful.item_id, "corrected", *how)
    assert trail(connection) == [("corrected", "The yield is 4 %", [[0, 16]], "ada", "", "command")]


def test_overlooked_words_are_right_of_a_passage(passage: ReviewItem, connection: psycopg.Connection) -> None:
    said("decide", passage.item_id, "right", "--quote", "Returns have been steady")
    assert trail(connection)[0][:2] == ("corrected", "Returns have been steady")


def test_further_values_are_named_beside_the_right_one(
    doubtful: ReviewItem, connection: psycopg.Connection
) -> None:
    told = said("decide", doubtful.item_id, "right", "--also", "The yield", "--also", "Returns")
    assert "ada said right of item" in told and "with 2 further values" in told
    assert [row[:3] for row in trail(connection)] == [
        ("accepted", None, None),
        ("corrected", "The yield", [[0, 9]]),
        ("corrected", "Returns", [[26, 33]]),
    ]
    assert said("show", doubtful.item_id).count("corrected of a further value") == 2


@pytest.mark.parametrize("decision", ["wrong", "not-in-document"])
def test_further_values_need_a_right_one(
    decision: str, doubtful: ReviewItem, connection: psycopg.Connection
) -> None:
    result = review("decide", doubtful.item_id, decision, "--also", "The yield")
    assert result.exit_code == 1
    assert trail(connection) == []


def test_the_very_words_of_the_value_accept_it(doubtful: ReviewItem, connection: psycopg.Connection) -> None:
    said("decide", doubtful.item_id, "corrected", "--quote", "4 % a year")
    assert trail(connection)[0][0] == "accepted"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("corrected",), "the right words are missing"),
        (("corrected", "--quote", "5 % a year"), "do not stand on page 1"),
        (("corrected", "--quote", "1"), "stand in 2 places"),
        (("corrected", "--words", "9-3"), "holds no words"),
        (("right", "--quote", "4 %"), "right words belong to `corrected`"),
        (("maybe",), "is no decision: write right, wrong, corrected, not-in-document, gold-wrong"),
        (("right", "--reason", "w" * 2001), "the reason has 2,001 characters, and may have 2,000"),
    ],
)
def test_an_answer_that_does_not_fit_stores_nothing(
    arguments: tuple[str, ...], says: str, doubtful: ReviewItem, connection: psycopg.Connection
) -> None:
    result = review("decide", doubtful.item_id, *arguments)
    assert result.exit_code == 1
    assert says in " ".join(result.output.split())
    assert trail(connection) == []


def test_words_beyond_the_text_are_refused_with_its_length(doubtful: ReviewItem) -> None:
    message = str(refused("decide", doubtful.item_id, "corrected", "--words", "0-99999999"))
    assert f"the document text has the characters 0-{len(samples.TEXT)}" in message


@pytest.fixture
def numbers(run_id: str, connection: psycopg.Connection) -> None:
    """`yield` holds numbers."""
    connection.execute(
        "UPDATE schema_version SET definition = jsonb_set(definition, '{fields,0,type}', '\"number\"')"
    )


@pytest.mark.usefixtures("numbers")
def test_right_words_without_a_normal_form_are_stored_with_a_warning(
    doubtful: ReviewItem, path: Path, connection: psycopg.Connection
) -> None:
    warning = "no number can be read in these words; stored without a normal form"
    said("decide", doubtful.item_id, "wrong")
    told = said("decide", doubtful.item_id, "corrected", "--quote", "The yield is", "--again")
    assert f"Warning: {warning}." in told and "said corrected" in told
    assert "Warning" not in said("decide", doubtful.item_id, "corrected", "--quote", "4 %", "--again")
    said("withdraw", trail_ids(connection)[-1])
    said("withdraw", trail_ids(connection)[1])
    said("withdraw", trail_ids(connection)[0])
    fill = {"decision": "corrected", "right words": "The yield is"}
    filled(path, lambda row: fill if row["field"] == YIELD else None)
    (row,) = states(path)["rows"]
    assert (row["state"], row["warning"]) == ("stored", warning)


def trail_ids(connection: psycopg.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT review_id FROM review ORDER BY review_id")]


def test_words_are_given_once(doubtful: ReviewItem) -> None:
    assert review("decide", doubtful.item_id, "corrected", "--quote", "4 %", "--words", "1-2").exit_code == 2


def test_a_name_that_cannot_be_shown_is_refused(doubtful: ReviewItem, connection: psycopg.Connection) -> None:
    assert "a name has 1 to 100 characters" in str(refused("decide", doubtful.item_id, "right", "--as", " "))
    assert trail(connection) == []


def by_user(connection: psycopg.Connection) -> list[Any]:
    return [row[0] for row in connection.execute("SELECT shown ->> 'by_user' FROM review ORDER BY review_id")]


def add_reviewer(name: str, role: ReviewerRole = ReviewerRole.REVIEWER, scope: Scope = EVERYTHING) -> None:
    Reviewers().add(Reviewer(name, role, scope, subject=name))


def test_the_trail_has_the_user_who_speaks_for_another(
    store: Store, doubtful: ReviewItem, passage: ReviewItem, connection: psycopg.Connection
) -> None:
    said("decide", doubtful.item_id, "wrong")
    number = said("decide", passage.item_id, "not-in-document", "--as", "Ben B.").split()[1].rstrip(":")
    said("withdraw", number, "--as", "Ben B.")
    names = connection.execute("SELECT reviewer FROM review ORDER BY review_id").fetchall()
    assert by_user(connection) == [None if name == "ada" else "ada" for (name,) in names]
    assert [name for (name,) in names] == ["ada"] + ["Ben B."] * 4, "the rest of the field, too"
    assert "Ben B. said not in document, by command, entered by the user ada" in " ".join(
        said("show", passage.item_id).split()
    )


def test_a_reader_does_not_decide(doubtful: ReviewItem, connection: psycopg.Connection) -> None:
    add_reviewer("ben", ReviewerRole.READER)
    assert "ben is a reader" in str(refused("decide", doubtful.item_id, "right", "--as", "ben"))
    assert trail(connection) == []


def test_a_name_that_nobody_has_is_refused_but_for_the_users_own(
    doubtful: ReviewItem, passage: ReviewItem, connection: psycopg.Connection
) -> None:
    add_reviewer("ben")
    message = str(refused("decide", doubtful.item_id, "right", "--as", "bne"))
    assert "nobody of the name bne may review: countersign review users add bne" in message
    said("decide", doubtful.item_id, "right", "--as", "ada")
    said("decide", passage.item_id, "wrong", "--as", "ben")
    assert by_user(connection) == [None, "ada"]


@pytest.mark.parametrize("scope", [Scope(prefixes=("others/",)), Scope(schemas=("cv",))])
def test_the_limits_of_a_reviewer_hold(
    scope: Scope, doubtful: ReviewItem, tmp_path: Path, connection: psycopg.Connection
) -> None:
    add_reviewer("ben", scope=scope)
    assert "no such question" in str(refused("decide", doubtful.item_id, "right", "--as", "ben"))
    filled(csv_file := tmp_path / "x.csv", lambda row: {"decision": "wrong"})
    assert {row["state"] for row in states(csv_file, "--as", "ben")["rows"]} == {"refused"}
    assert trail(connection) == []
    number = said("decide", doubtful.item_id, "right").split()[1].rstrip(":")
    assert "no such question" in str(refused("withdraw", number, "--as", "ben"))


def test_a_decision_is_withdrawn_by_who_made_it(
    store: Store, doubtful: ReviewItem, connection: psycopg.Connection
) -> None:
    number = said("decide", doubtful.item_id, "wrong").split()[1].rstrip(":")
    error = refused("withdraw", number, "--as", "ben")
    assert isinstance(error, DecisionRefused) and error.code is RefusalCode.NOT_YOURS
    assert "ada withdrew decision" in said("withdraw", number)
    assert [row[0] for row in trail(connection)] == ["rejected", "withdrawn"]
    assert now(store, doubtful).is_open
    assert refused("withdraw", number).code is RefusalCode.NOTHING_TO_WITHDRAW  # pyright: ignore[reportAttributeAccessIssue]


def test_a_refusal_says_what_it_means_and_what_to_do(store: Store, doubtful: ReviewItem) -> None:
    store.review_queue.claim(doubtful.item_id, EVERYTHING, "ben")
    message = error_message(refused("decide", doubtful.item_id, "right"))
    assert [line.partition(":")[0] for line in message.splitlines()] == ["failed", "meaning", "to do"]
    assert "ben" in message and "a claim ends after 15 minutes" in message


def test_a_run_that_is_superseded_is_told(store: Store, doubtful: ReviewItem) -> None:
    newer = ask(store, version="2")
    error = refused("decide", doubtful.item_id, "right")
    assert isinstance(error, DecisionRefused)
    assert (error.code, error.newer_run) == (RefusalCode.SUPERSEDED, newer)


@pytest.mark.parametrize("first", ["ada", "ben"])
def test_a_question_that_is_decided_is_decided_anew_only_if_that_is_meant(
    first: str, store: Store, doubtful: ReviewItem, connection: psycopg.Connection
) -> None:
    said("decide", doubtful.item_id, "wrong", "--reason", "a range", "--as", first)
    result = review("decide", doubtful.item_id, "right")
    told = " ".join(result.output.split())
    assert result.exit_code == 1 and f"{first} said wrong: a range" in told and "--again" in told
    assert f"{now(store, doubtful).seen}, 2" in told, "the decision's number and day"
    assert len(trail(connection)) == 1
    said("decide", doubtful.item_id, "right", "--again")
    assert [(row[0], row[3]) for row in trail(connection)] == [("rejected", first), ("accepted", "ada")]


def test_a_question_whose_decision_was_withdrawn_is_decided(doubtful: ReviewItem) -> None:
    said("withdraw", said("decide", doubtful.item_id, "wrong").split()[1].rstrip(":"))
    said("decide", doubtful.item_id, "right")


def test_gold_that_is_not_there_is_not_wrong(doubtful: ReviewItem, connection: psycopg.Connection) -> None:
    error = refused("decide", doubtful.item_id, "gold-wrong")
    assert isinstance(error, DecisionRefused) and error.code is RefusalCode.NO_GOLD
    assert "never compared with gold" in error_message(error) and trail(connection) == []


def test_questions_of_older_runs_are_made_once(
    store: Store, run_id: str, connection: psycopg.Connection
) -> None:
    connection.execute("DELETE FROM review_item")
    connection.execute("UPDATE run SET n_review_items = NULL")
    assert said("refresh").splitlines()[-1].endswith("of 1 run")
    assert said("refresh").splitlines()[-1] == "0 questions of 0 runs"


# ---------------------------------------------------------------- sheets


def exported(path: Path) -> list[dict[str, str]]:
    said("export", path, "--force")
    return cells(path)


def cells(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    head, *rows = load_workbook(path).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(map(str, head), (str(c or "") for c in row), strict=True)) for row in rows]


def filled(path: Path, fill: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Path:
    """The sheet, with cells that a person filled."""
    rows = exported(path)
    if path.suffix == ".csv":
        text = io.StringIO()
        lines: csv.DictWriter[str] = csv.DictWriter(text, COLUMNS)
        lines.writeheader()
        lines.writerows({**row, **(fill(row) or {})} for row in rows)
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        return path
    book = load_workbook(path)
    sheet = book.worksheets[0]
    for y, row in enumerate(rows, start=2):
        for column, value in (fill(row) or {}).items():
            sheet.cell(y, COLUMNS.index(column) + 1).value = value
    book.save(path)
    return path


def answers(row: dict[str, Any]) -> dict[str, Any] | None:
    """To each of the three questions."""
    return {
        "in doubt: is it right?": {
            "decision": "corrected",
            "right words": "yield is 4 %",
            "reason": "=as the text says",
        },
        "was something overlooked here?": {"decision": "Wrong"},
        "kept, though nearly wrong: is it right?": {"decision": "right"},
    }[row["question"]]


def states(*arguments: object) -> dict[str, Any]:
    result = review("import", *arguments, "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return json.loads(result.output.splitlines()[-1])


@pytest.fixture(params=[".xlsx", ".csv"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"queue{request.param}"


def test_a_file_that_is_there_is_replaced_only_if_that_is_meant(path: Path, run_id: str) -> None:
    path.write_bytes(b"decisions")
    assert "is there already" in str(refused("export", path))
    assert path.read_bytes() == b"decisions"
    assert len(exported(path)) == 3


def test_no_file_is_written_if_nothing_waits(path: Path, run_id: str) -> None:
    result = review("export", path, "--document", "b.pdf")
    assert result.exit_code == 1
    assert "Nothing waits for a person here" in result.output and "No file was written." in result.output
    assert not path.exists()


def test_a_sheet_shows_what_a_person_needs(path: Path, doubtful: ReviewItem) -> None:
    rows = exported(path)
    assert [row["question"].split()[0] for row in rows] == ["was", "in", "kept,"]
    row = next(row for row in rows if row["item"] == str(doubtful.item_id))
    assert {name: row[name] for name in COLUMNS if name not in ("item", "context")} == {
        "seen": "0", "document": "deals/a.pdf", "page": "1", "schema": "small", "field": YIELD, "question": "in doubt: is it right?",
        "value": "4 %", "quote": "4 % a year", "probability": "0.40", "decision": "", "right words": "", "reason": "",
    }  # fmt: skip
    assert row["context"].startswith("…The yield is [4 % a year] .1 Returns")


def test_a_sheet_is_imported_once(
    path: Path, store: Store, run_id: str, connection: psycopg.Connection
) -> None:
    filled(path, lambda row: {k: v.removeprefix("=") for k, v in (answers(row) or {}).items()})
    dry = states(path, "--dry-run")
    assert (dry["would_be_stored"], dry["refused"], trail(connection)) == (3, 0, [])
    assert states(path)["stored"] == 3
    stored = trail(connection)
    assert [row[0] for row in stored] == ["rejected", "corrected", "accepted"]
    assert stored[1] == ("corrected", "yield is 4 %", [[4, 16]], "ada", "as the text says", "sheet")
    assert states(path)["decided_so_already"] == 3
    again = said("import", path)
    assert "3 decided so already" in again and "Nothing is new: nothing was stored." in again
    assert trail(connection) == stored


def test_rows_that_nobody_decided_are_passed_over(
    path: Path, run_id: str, connection: psycopg.Connection
) -> None:
    filled(path, lambda row: {"decision": "right"} if row["field"] == YIELD else None)
    counts = states(path)
    assert (counts["stored"], counts["not_decided"], counts["refused"]) == (1, 2, 0)


def test_a_row_that_was_decided_meanwhile_is_refused_and_the_others_are_stored(
    path: Path, tmp_path: Path, store: Store, doubtful: ReviewItem, connection: psycopg.Connection
) -> None:
    filled(
        path,
        lambda row: {"decision": "wrong"} if row["question"].startswith("was") else {"decision": "right"},
    )
    said("decide", doubtful.item_id, "wrong", "--as", "ben")
    out = tmp_path / f"refused{path.suffix}"
    dry = states(path, "--dry-run", "--out", out)
    assert [row["state"] for row in dry["rows"]] == ["would be stored", "refused", "would be stored"]
    result = review("import", path, "--out", out)
    assert result.exit_code == 1
    assert "2 stored, 1 refused" in result.output and "(ben)" in result.output
    assert [row[:1] + row[3:4] for row in trail(connection)] == [
        ("rejected", "ben"),
        ("rejected", "ada"),
        ("accepted", "ada"),
    ]
    (row,) = cells(out)
    assert "decided after it was shown" in row["refused because"]
    assert (row["item"], row["decision"], row["value"]) == (str(doubtful.item_id), "right", "4 %")
    assert [r["state"] for r in states(out)["rows"]] == ["refused"], "the person has to look at it again"


def test_a_mended_file_of_refused_rows_is_imported(
    path: Path, tmp_path: Path, doubtful: ReviewItem, connection: psycopg.Connection
) -> None:
    filled(
        path, lambda row: {"decision": "corrected", "right words": "5 %"} if row["field"] == YIELD else None
    )
    out = tmp_path / "refused.csv"
    assert states(path, "--out", out)["refused"] == 1
    out.write_text(out.read_text("utf-8-sig").replace("5 %", "yield is 4 %"), encoding="utf-8", newline="")
    assert states(out)["stored"] == 1
    assert trail(connection)[0][1] == "yield is 4 %"


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"decision": "perhaps"}, "is no decision"),
        ({"decision": "corrected"}, "the right words are missing"),
        ({"decision": "corrected", "right words": "5 % a year"}, "do not stand on page 1"),
        ({"decision": "corrected", "right words": "1"}, "stand in 2 places"),
        ({"decision": "right", "right words": "4 %"}, "belong to `corrected`"),
        ({"decision": "right", "value": "5 %"}, "is not the stored value “4 %”"),
        ({"decision": "gold wrong"}, "never compared with gold"),
        ({"decision": "right", "item": "999999"}, "no such question"),
        ({"decision": "right", "item": "x"}, "`item` is no whole number"),
        ({"decision": "wrong", "value": "5 %"}, "is not the stored value “4 %”"),
        ({"decision": "wrong", "quote": "The yield"}, "the row's quote is not that of question"),
        ({"decision": "wrong", "document": "deals/b.pdf"}, "the row's document is not that of question"),
        ({"decision": "wrong", "schema": "cv"}, "perhaps columns were sorted apart"),
        ({"decision": "wrong", "seen": "7"}, "the column `seen` was changed"),
        ({"decision": "wrong", "reason": "w" * 2001}, "the reason has 2,001 characters"),
        ({"decision": "right", "field": RISK}, "is about the field `yield`"),
        ({"right words": "4 %"}, "and no decision"),
        ({"decision": "right", "reason": "=1+1"}, "`reason` is a formula"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(
    cells: dict[str, str], says: str, path: Path, run_id: str, connection: psycopg.Connection
) -> None:
    filled(path, lambda row: cells if row["field"] == YIELD else None)
    assert [row["state"] for row in states(path, "--dry-run")["rows"]] == ["refused"]
    rows = states(path)["rows"]
    assert [row["state"] for row in rows] == ["refused"]
    assert says in rows[0]["reason"]
    assert trail(connection) == []


def test_columns_that_only_inform_may_be_changed_or_taken_away(
    path: Path, run_id: str, connection: psycopg.Connection
) -> None:
    informs = {"context": "x", "question": "x", "page": "9", "probability": "1"}
    filled(path, lambda row: {"decision": "wrong", **informs} if row["field"] == YIELD else None)
    assert states(path, "--dry-run")["would_be_stored"] == 1
    rows = [{k: row[k] for k in sheet.NEEDED} for row in cells(path)]
    bare = path.with_name("bare.csv")
    bare.write_bytes(as_csv(rows, sheet.NEEDED))
    assert states(bare)["stored"] == 1


def test_a_cut_quote_is_the_stored_one(
    path: Path, run_id: str, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "MAX_CELL_CHARS", 20)
    filled(path, lambda row: {"decision": "wrong"})
    assert all(len(row["quote"]) <= 20 for row in cells(path))
    assert states(path, "--dry-run")["would_be_stored"] == 3


def test_a_document_that_was_seen_under_another_key_since_is_the_same(
    path: Path, store: Store, run_id: str
) -> None:
    filled(path, lambda row: {"decision": "wrong"})
    samples.put_document(store, "a", "deals/copy.pdf")
    assert states(path, "--dry-run")["would_be_stored"] == 3


def test_a_whole_file_that_lacks_columns_is_refused(
    path: Path, run_id: str, connection: psycopg.Connection
) -> None:
    said("export", path)
    if path.suffix == ".csv":
        path.write_text(path.read_text("utf-8-sig").replace("right words", "words"), encoding="utf-8")
    else:
        book = load_workbook(path)
        book.worksheets[0].delete_cols(COLUMNS.index("right words") + 1)
        book.save(path)
    error = refused("import", path)
    assert "lacks the column `right words`" in str(error)
    assert "The file is no sheet of decisions" in error_message(error)
    assert trail(connection) == []


def test_a_field_that_is_not_in_the_document_answers_its_other_rows(
    path: Path, run_id: str, connection: psycopg.Connection
) -> None:
    filled(
        path,
        lambda row: (
            {"decision": "not in document" if row["question"].startswith("was") else "wrong"}
            if row["field"] == RISK
            else None
        ),
    )
    assert [row["state"] for row in states(path)["rows"]] == ["stored", "decided so already"]
    assert {row[0] for row in trail(connection)} == {"not_in_document"}


def test_a_hostile_document_does_not_reach_the_spreadsheet(
    tmp_path: Path, run_id: str, connection: psycopg.Connection
) -> None:
    connection.execute("UPDATE reading SET text = '=cmd|''/C calc''!A0' || substr(text, 18)")
    connection.execute("UPDATE source SET key = '=HYPERLINK(1)'")
    connection.execute("UPDATE object SET key = '=HYPERLINK(1)'")
    rows = exported(tmp_path / "x.csv")
    assert {row["document"] for row in rows} == {"'=HYPERLINK(1)"}
    said("export", tmp_path / "x.xlsx")
    cells_of = [
        c for row in load_workbook(tmp_path / "x.xlsx").worksheets[0].iter_rows() for c in row if c.value
    ]
    assert {c.data_type for c in cells_of} == {"s"}
    assert states(tmp_path / "x.csv")["not_decided"] == 3


def test_a_file_that_cannot_be_written_is_told_before_anything_is_done(tmp_path: Path) -> None:
    assert "no folder" in str(refused("export", tmp_path / "nowhere" / "x.xlsx"))
    assert "ends with" in str(refused("export", tmp_path / "x.pdf"))
