"""`countersign review users`, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra import reviewers
from infra.cli.review import app
from infra.reviewers import ReviewerRole, Reviewers
from tasks.core.errors import ConfigurationError
from tasks.core.review.records import Scope

PASSWORD = "a long walk home"


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    monkeypatch.setattr(reviewers, "_hasher", lambda: cheap)
    monkeypatch.setenv("COUNTERSIGN_REVIEWERS", str(tmp_path / "reviewers.toml"))
    return tmp_path / "reviewers.toml"


def users(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["users", *arguments], input=stdin)


def test_a_person_is_added_and_signs_in() -> None:
    said = users("add", "anna", "--password-stdin", "--prefix", "a/", "--prefix", "b/", stdin=PASSWORD + "\n")
    assert said.exit_code == 0, said.output
    assert PASSWORD not in said.output
    anna = Reviewers().signed_in("anna", PASSWORD)
    assert anna is not None
    assert (anna.role, anna.scope) == (ReviewerRole.REVIEWER, Scope(("a/", "b/"), None))


def test_a_person_of_a_provider_needs_no_password() -> None:
    assert users("add", "anna", "--subject", "anna@example.org", "--role", "admin").exit_code == 0
    anna = Reviewers().of_subject("anna@example.org")
    assert anna is not None and anna.role is ReviewerRole.ADMIN


def test_a_password_is_no_argument_and_is_asked_for_at_a_terminal_alone(file: Path) -> None:
    assert users("add", "anna", "--password", PASSWORD).exit_code == 2
    said = users("add", "anna", stdin=PASSWORD + "\n" + PASSWORD + "\n")
    assert isinstance(said.exception, ConfigurationError)
    assert "--password-stdin" in str(said.exception)
    assert not file.exists()


def test_a_new_password_replaces_the_old_one() -> None:
    users("add", "anna", "--password-stdin", stdin=PASSWORD)
    assert users("password", "anna", "--password-stdin", stdin="the other long one").exit_code == 0
    assert Reviewers().signed_in("anna", PASSWORD) is None
    assert Reviewers().signed_in("anna", "the other long one") is not None


def test_a_role_is_set_and_what_the_person_sees_stays() -> None:
    users("add", "anna", "--subject", "s", "--prefix", "a/", "--schema", "cuad")
    users("role", "anna", "reader")
    assert [(p.role, p.scope) for p in Reviewers().all()] == [
        (ReviewerRole.READER, Scope(("a/",), ("cuad",)))
    ]
    users("role", "anna", "reader", "--all-documents", "--schema", "cv")
    assert [p.scope for p in Reviewers().all()] == [Scope(None, ("cv",))]
    assert users("role", "anna", "owner").exit_code == 2
    assert users("role", "anna", "reader", "--prefix", "x/", "--all-documents").exit_code == 2


def test_a_person_is_removed() -> None:
    users("add", "anna", "--subject", "s")
    assert users("remove", "anna").exit_code == 0
    assert Reviewers().all() == ()
    for change in (("remove", "anna"), ("role", "anna", "admin"), ("password", "anna", "--password-stdin")):
        said = users(*change, stdin=PASSWORD)
        assert "there is no reviewer `anna`" in str(said.exception)


def test_a_machine_has_a_token_that_is_printed_once_and_can_be_ended() -> None:
    said = users("machine", "erp", "--prefix", "deals/", "--days", "30")
    assert said.exit_code == 0, said.output
    (token,) = said.stdout.splitlines()
    machine = Reviewers().of_token(token)
    assert machine is not None
    assert (machine.name, machine.role, machine.scope) == (
        "erp",
        ReviewerRole.READER,
        Scope(("deals/",), None),
    )
    assert token not in users("list").output and "token until 20" in users("list").output
    other = users("token", "erp", "--days", "0").stdout.strip()
    assert Reviewers().of_token(token) is None
    assert Reviewers().of_token(other) == Reviewers().named("erp")
    assert isinstance(users("token", "erp", "--withdraw").exception, ConfigurationError)
    assert Reviewers().of_token(other) is not None
    users("add", "anna", "--password-stdin", stdin=PASSWORD)
    own = users("token", "anna").stdout.strip()
    assert Reviewers().of_token(own) == Reviewers().signed_in("anna", PASSWORD)
    assert users("token", "anna", "--withdraw").exit_code == 0
    assert Reviewers().of_token(own) is None and Reviewers().signed_in("anna", PASSWORD)
    assert isinstance(users("machine", "anna").exception, ConfigurationError)


def test_the_list_shows_no_hash() -> None:
    assert "Nobody may sign in yet" in users("list").output
    users("add", "anna", "--password-stdin", stdin=PASSWORD)
    users("add", "ben", "--subject", "s", "--schema", "cv")
    assert "argon2" not in users("list").output
    rows = [json.loads(line) for line in users("list", "--json").output.splitlines()]
    assert [(row["name"], row["has_password"], row["schemas"]) for row in rows] == [
        ("anna", True, None),
        ("ben", False, ["cv"]),
    ]


@pytest.mark.parametrize("name", ["", " anna", "an\nna", "x" * 101])
def test_a_name_that_cannot_be_shown_is_refused(name: str, file: Path) -> None:
    assert users("add", name, "--subject", "s").exit_code == 2
    assert not file.exists()


def test_a_name_that_is_taken_is_refused_before_a_password_is_asked_for() -> None:
    users("add", "anna", "--subject", "s")
    assert "already" in str(users("add", "anna").exception)
