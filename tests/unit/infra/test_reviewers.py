"""The file of reviewers: what it takes and refuses, and that it is written whole, for its owner alone."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra import reviewers
from infra.reviewers import Reviewer, ReviewerRole, Reviewers, hashed, new_token, reviewers_file, token_hash
from tasks.core.errors import ConfigurationError
from tasks.core.review.records import Scope

PASSWORD = "a long walk home"
HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$"


@pytest.fixture
def file(tmp_path: Path) -> Reviewers:
    return Reviewers(tmp_path / "reviewers.toml")


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real hash takes 64 MiB and 50 ms on purpose."""
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    monkeypatch.setattr(reviewers, "_hasher", lambda: cheap)
    reviewers._nobody.cache_clear()


def test_without_a_file_there_is_nobody(file: Reviewers) -> None:
    assert file.all() == ()
    assert file.signed_in("anna", PASSWORD) is None


def test_a_person_signs_in_with_the_own_password_alone(file: Reviewers) -> None:
    anna = Reviewer("anna", ReviewerRole.REVIEWER, Scope(("deals/",), ("cuad",)), hashed(PASSWORD))
    file.add(anna)
    file.add(Reviewer("ben", ReviewerRole.ADMIN, Scope(), hashed("another long one")))
    assert file.signed_in("anna", PASSWORD) == anna
    assert file.signed_in("ben", PASSWORD) is None
    assert file.signed_in("anna", "") is None
    assert file.signed_in("carl", PASSWORD) is None
    assert file.signed_in("anna", PASSWORD + "x" * 2000) is None


def test_a_person_of_a_provider_has_no_password(file: Reviewers) -> None:
    file.add(Reviewer("anna", ReviewerRole.READER, subject="anna@example.org"))
    assert file.signed_in("anna", "") is None
    assert file.of_subject("00u1", "anna@example.org") == file.named("anna")
    assert file.of_subject("") is None
    assert file.of_subject("ben@example.org") is None


def test_a_token_is_stored_as_a_hash_and_ends_with_its_last_day(file: Reviewers) -> None:
    token, today = new_token(), datetime.now(UTC).date()
    machine = Reviewer("erp", ReviewerRole.READER, Scope(("deals/",), None), token_hash=token_hash(token))
    file.add(machine)
    assert file.of_token(token) == machine
    assert token not in file.path.read_text() and token.startswith("csn_") and len(token) > 40
    assert [file.of_token(wrong) for wrong in ("", token[:-1], token_hash(token), "csn_ö\udcff")] == [
        None
    ] * 4
    assert file.signed_in("erp", "") is None and file.signed_in("erp", token) is None
    for days, is_valid in ((0, True), (-1, False)):
        file.replace(replace(machine, token_until=today + timedelta(days=days)))
        assert (file.of_token(token) is not None) is is_valid
    assert file.named("erp") == replace(machine, token_until=today - timedelta(days=1))
    assert token_hash(token) not in repr(file.all())
    with pytest.raises(ConfigurationError, match="two reviewers have the token"):
        file.add(replace(machine, name="crm"))


def test_the_file_is_for_its_owner_alone(file: Reviewers) -> None:
    file.add(Reviewer("anna", ReviewerRole.READER, password_hash=HASH))
    file.path.chmod(0o644)
    file.replace(Reviewer("anna", ReviewerRole.ADMIN, password_hash=HASH))
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert {path.name for path in file.path.parent.iterdir()} <= {"reviewers.toml", "reviewers.toml.lock"}


def test_what_a_person_wrote_into_the_file_stays(file: Reviewers) -> None:
    file.path.write_text(
        f"# asked for by legal\n[[reviewer]]\nname = 'anna' # since May\nrole = 'reader'\npassword = '{HASH}'\n"
    )
    file.add(Reviewer("ben", ReviewerRole.READER, Scope(None, ("cv",)), subject="b"))
    file.replace(Reviewer("anna", ReviewerRole.REVIEWER, password_hash=HASH))
    text = file.path.read_text()
    assert "# asked for by legal" in text and "# since May" in text
    assert [(one.name, one.role) for one in file.all()] == [
        ("anna", ReviewerRole.REVIEWER),
        ("ben", ReviewerRole.READER),
    ]
    assert file.all()[1].scope == Scope(None, ("cv",))


@pytest.mark.parametrize(
    "text", ["reviewer = []\n", "reviewer = [{name = 'zoe', role = 'reader', subject = 'z'}]\n"]
)
def test_a_list_in_one_line_is_added_to(file: Reviewers, text: str) -> None:
    file.path.write_text(text)
    file.add(Reviewer("anna", ReviewerRole.READER, subject="a"))
    file.replace(Reviewer("anna", ReviewerRole.READER, Scope(("x/",)), subject="a"))
    assert [one.name for one in file.all()][-1] == "anna"
    assert len(file.all()) == 1 + text.count("zoe")


def test_everything_of_a_person_comes_back(file: Reviewers) -> None:
    everything = Reviewer('Zoë "Z" 李', ReviewerRole.ADMIN, Scope((), ("a", "b")), HASH, "sub|1")
    file.add(everything)
    file.replace(replace(everything, scope=Scope(("x/",), None), subject=""))
    assert file.all() == (replace(everything, scope=Scope(("x/",), None), subject=""),)


def test_a_role_that_was_taken_away_is_gone_at_once(file: Reviewers) -> None:
    file.add(Reviewer("anna", ReviewerRole.ADMIN, password_hash=HASH))
    watching = Reviewers(file.path)
    assert watching.named("anna") is not None
    file.replace(Reviewer("anna", ReviewerRole.READER, password_hash=HASH))
    found = watching.named("anna")
    assert found is not None and found.role is ReviewerRole.READER
    file.remove("anna")
    assert watching.all() == ()
    file.add(Reviewer("ben", ReviewerRole.READER, password_hash=HASH))
    assert [one.name for one in watching.all()] == ["ben"]


def test_a_file_that_breaks_lets_nobody_in(file: Reviewers) -> None:
    file.add(Reviewer("anna", ReviewerRole.ADMIN, password_hash=HASH))
    assert file.all()
    file.path.write_text("[[reviewer\n")
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="is not TOML"):
            file.named("anna")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        file.add(Reviewer("ben", ReviewerRole.ADMIN, password_hash=HASH))
    assert file.path.read_text() == "[[reviewer\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("reviewer = 3", "each person is a table"),
        ("[[reviewer]]\nrole = 'reader'\nsubject = 's'", "`name`"),
        ("[[reviewer]]\nname = ' anna'\nrole = 'reader'\nsubject = 's'", "`name`"),
        ("[[reviewer]]\nname = 'anna\\u0007'\nrole = 'reader'\nsubject = 's'".replace("'", '"'), "`name`"),
        (
            "[[reviewer]]\nname = 'anna'\nrole = 'owner'\nsubject = 's'",
            "`role` is one of reader, reviewer, admin",
        ),
        ("[[reviewer]]\nname = 'anna'\nrole = 'reader'", "nobody can sign in"),
        ("[[reviewer]]\nname = 'anna'\nrole = 'reader'\npassword = 'secret'", "no hash of argon2"),
        ("[[reviewer]]\nname = 'anna'\nrole = 'reader'\ntoken = 'secret'", "no hash of a token"),
        (
            f"[[reviewer]]\nname = 'a'\nrole = 'reader'\ntoken = '{token_hash('x')}'\ntoken_until = '2027-01-31'",
            "`token_until` is a day",
        ),
        ("[[reviewer]]\nname = 'anna'\nrole = 3\nsubject = 's'", "`role` is a text"),
        (
            "[[reviewer]]\nname = 'anna'\nrole = 'reader'\nsubject = 's'\nprefixes = 'a'",
            "`prefixes` is a list",
        ),
        (
            "[[reviewer]]\nname = 'anna'\nrole = 'reader'\nsubject = 's'\nschemas = ['']",
            "`schemas` is a list",
        ),
        ("[[reviewer]]\nname = 'anna'\nrole = 'reader'\nsubject = 's'\nprefix = []", "unknown key `prefix`"),
        ("[[reviewer]]\nname = 'a'\nrole = 'reader'\nsubject = 's'\n" * 2, "two reviewers have the name `a`"),
    ],
)
def test_a_wrong_file_is_refused(file: Reviewers, text: str, says: str) -> None:
    file.path.write_text(text)
    with pytest.raises(ConfigurationError, match=says) as refused:
        file.all()
    assert "secret" not in str(refused.value)


def test_the_same_subject_twice_is_refused(file: Reviewers) -> None:
    file.add(Reviewer("anna", ReviewerRole.READER, subject="s"))
    before = file.path.read_text()
    with pytest.raises(ConfigurationError, match="two reviewers have the subject `s`"):
        file.add(Reviewer("ben", ReviewerRole.READER, subject="s"))
    assert file.path.read_text() == before


def test_an_unknown_person_is_refused(file: Reviewers) -> None:
    for change in (
        lambda: file.remove("anna"),
        lambda: file.replace(Reviewer("anna", ReviewerRole.READER, subject="s")),
    ):
        with pytest.raises(ConfigurationError, match="there is no reviewer `anna`"):
            change()
    file.add(Reviewer("anna", ReviewerRole.READER, subject="s"))
    with pytest.raises(ConfigurationError, match="`anna` already"):
        file.add(Reviewer("anna", ReviewerRole.READER, subject="t"))


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_a_short_or_endless_password_is_refused(password: str) -> None:
    with pytest.raises(ConfigurationError, match="12 to 1024 characters") as refused:
        hashed(password)
    assert not password or password not in str(refused.value)


def test_a_person_is_not_printed_with_the_hash() -> None:
    assert "argon2" not in repr(Reviewer("anna", ReviewerRole.READER, password_hash=HASH))


def test_the_place_of_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path))
    monkeypatch.delenv("COUNTERSIGN_REVIEWERS", raising=False)
    assert reviewers_file() == tmp_path / "reviewers.toml"
    monkeypatch.setenv("COUNTERSIGN_REVIEWERS", os.fspath(tmp_path / "other.toml"))
    assert Reviewers().path == tmp_path / "other.toml"


def test_a_link_stays_a_link(file: Reviewers, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    file.path.symlink_to(tmp_path / "secrets" / "real.toml")
    file.add(Reviewer("anna", ReviewerRole.READER, subject="s"))
    assert file.path.is_symlink()
    assert file.named("anna") is not None


def test_a_role_may_what_the_one_before_may() -> None:
    assert [(role.may_decide, role.may_administer) for role in ReviewerRole] == [
        (False, False),
        (True, False),
        (True, True),
    ]
