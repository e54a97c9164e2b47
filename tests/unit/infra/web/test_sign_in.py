"""Who gets in, for how long, and what they may see; nothing typed is lost when a session ends."""

from __future__ import annotations

import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from infra.reviewers import Reviewers
from infra.web.security import HEADERS
from infra.web.serve import application
from infra.web.sign_in import attempts, sessions
from infra.web.sign_in.door import safe_target
from infra.web.sign_in.settings import session_key, sign_in_settings
from tasks.core.errors import ConfigurationError
from tests.unit.infra.web.review_standin import (
    PASSWORD,
    ReviewBrowser,
    ReviewStandIn,
    filled,
    review_app,
    reviewers_in,
)
from tests.unit.infra.web.standin import RUN, StandIn

CLOSED = (
    "/", "/review", "/review/items/1", "/review/items/1/parts/1", "/review/items/1/parts/1/picture", "/boards/night",
    "/documents", f"/runs/{RUN}", "/nope", "/docs", "/openapi.json", "//review", "/./review", "/static/../review",
)  # fmt: skip
"""What nobody sees without a session."""


@pytest.fixture
def people(tmp_path: Path) -> Reviewers:
    return reviewers_in(tmp_path)


@pytest.fixture
def review() -> ReviewStandIn:
    return filled()


@pytest.fixture
def browser(review: ReviewStandIn, people: Reviewers) -> ReviewBrowser:
    return ReviewBrowser(review_app(review, people))


def take_away(people: Reviewers, name: str, old: str, new: str) -> None:
    """Change one word of a person in the file."""
    head, found, rest = people.path.read_text().partition(f'name = "{name}"')
    assert found and old in rest
    people.path.write_text(head + found + rest.replace(old, new, 1))


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the clock of sessions run ahead."""
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)


# ---------------------------------------------------------------- in and out


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("root", ["", "/tool"])
def test_without_a_session_every_page_leads_to_the_sign_in(people: Reviewers, path: str, root: str):
    answer = ReviewBrowser(review_app(filled(), people, root)).get(root + path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{root}/sign-in")


def test_metrics_refuse_a_machine_without_a_session(browser: ReviewBrowser):
    assert browser.get("/metrics").status_code == 401


@pytest.mark.parametrize("path", ["/health", "/sign-in", "/static/review.js", "/static/review.css"])
def test_what_shows_nothing_of_a_contract_is_open(browser: ReviewBrowser, path: str):
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["x-frame-options"] == "DENY"


def test_a_person_signs_in_and_goes_on_where_the_link_led(browser: ReviewBrowser):
    asked = browser.get("/review/items/2?schema=lease")
    page = browser.follow(asked)
    assert 'name="next" value="/review/items/2?schema=lease"' in page.text
    answer = browser.sign_in("anna", target="/review/items/2?schema=lease")
    assert answer.headers["location"] == "/review/items/2?schema=lease"
    cookie = answer.headers["set-cookie"]
    assert (
        "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/;" in cookie and "Secure" not in cookie
    )
    assert browser.get("/review").status_code == 200


def test_a_sign_out_ends_copies_of_the_cookie_too(browser: ReviewBrowser):
    browser.sign_in("anna")
    copied = dict(browser.cookies)
    assert browser.post("/sign-out", token=browser.token("/review")).headers["location"] == "/sign-in"
    assert browser.get("/review").status_code == 303
    browser.cookies.update(copied)
    assert browser.get("/review").headers["location"] == "/sign-in?next=%2Freview&why=ended"


def test_a_form_says_whether_its_token_is_missing_or_of_another_session(browser: ReviewBrowser):
    browser.sign_in("anna")
    of_first = browser.token("/review")
    browser.sign_in("anna")
    for path in ("/review", "/review/items/1", "/sign-out"):
        for token in ("", "x"):
            answer = browser.post(path, token=token, action="accepted")
            assert answer.status_code == 403
            assert "This form was too old, or your browser sent no cookie" in answer.text
            assert "signed in anew" not in answer.text
        answer = browser.post(path, token=of_first, action="accepted")
        assert answer.status_code == 403 and "signed in anew" in answer.text


def test_a_sign_out_needs_the_token(browser: ReviewBrowser):
    browser.sign_in("anna")
    assert browser.post("/sign-out", token="x").status_code == 403
    assert browser.get("/review").status_code == 200


@pytest.mark.parametrize(
    ("name", "password"), [("anna", "wrong"), ("nobody", PASSWORD), ("", ""), ("anna", "x" * 5000)]
)
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(
    browser: ReviewBrowser, name: str, password: str
):
    answer = browser.sign_in(name, password)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert "countersign_session" not in answer.headers.get("set-cookie", "")


def test_an_unknown_name_costs_as_much_as_a_known_one(people: Reviewers, monkeypatch: pytest.MonkeyPatch):
    checked: list[str] = []
    real = Reviewers.signed_in
    monkeypatch.setattr("infra.reviewers._verified", lambda password, stored: bool(checked.append(stored)))
    for name in ("anna", "nobody"):
        real(people, name, "x")
    assert len(checked) == 2 and all(checked)


def test_a_form_without_its_browser_is_refused(browser: ReviewBrowser):
    token = browser.token("/sign-in")
    browser.cookies.clear()
    answer = browser.post("/sign-in", token=token, name="anna", password=PASSWORD)
    assert answer.status_code == 403
    assert "countersign_session" not in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "javascript:1", "/a\r\nb", "/ü", "/sign-out", "/" * 3000, ""],
)  # fmt: skip
def test_a_sign_in_leads_to_these_pages_only(browser: ReviewBrowser, target: str):
    assert safe_target(target) == "/"
    assert browser.sign_in("anna", target=target).headers["location"] == "/"


# ---------------------------------------------------------------- too many tries


def test_too_many_wrong_tries_of_one_name_have_to_wait(
    browser: ReviewBrowser, review: ReviewStandIn, people: Reviewers
):
    for _ in range(attempts.PER_NAME_AT_ADDRESS):
        assert browser.sign_in("anna", "wrong").status_code == 401
    answer = browser.sign_in("Anna")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 60
    assert browser.sign_in("ben").status_code == 303, "another name may"


def test_wrong_tries_elsewhere_lock_no_name_until_they_are_very_many(
    people: Reviewers, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("infra.reviewers._verified", lambda *_: False)
    made = attempts.SignInAttempts(people)
    for n in range(attempts.PER_NAME):
        assert made.wait_s("anna", "10.0.0.1") == 0, n
        assert made.signed_in("Anna", "wrong", f"10.0.1.{n // 5}") is None
    assert made.wait_s("anna", "10.0.0.1") > 0
    assert made.wait_s("ben", "10.0.0.1") == 0


def test_too_many_wrong_names_of_one_address_have_to_wait(
    browser: ReviewBrowser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("infra.reviewers._verified", lambda *_: False)
    for n in range(attempts.PER_ADDRESS):
        assert browser.sign_in(f"name {n}", "wrong").status_code == 401
    assert browser.sign_in("anna").status_code == 429


def test_who_signs_in_rightly_may_do_so_often(browser: ReviewBrowser):
    for _ in range(attempts.PER_NAME_AT_ADDRESS + 5):
        assert browser.sign_in("anna").status_code == 303


@pytest.mark.parametrize(("n_proxies", "expected"), [(0, 429), (1, 401)])
def test_an_address_is_what_the_nearest_proxies_say(
    people: Reviewers, n_proxies: int, expected: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("infra.reviewers._verified", lambda *_: False)
    browser = ReviewBrowser(review_app(filled(), people, web_proxies=n_proxies))
    token = browser.token("/sign-in")
    status = 0
    for n in range(attempts.PER_ADDRESS + 1):
        fields = {"token": token, "name": f"n{n}", "password": "x"}
        headers = {"X-Forwarded-For": f"6.6.6.6, 10.0.0.{n}"}
        status = browser.request("POST", "/sign-in", fields, **headers).status_code
    assert status == expected


# ---------------------------------------------------------------- how long


def test_a_session_ends_when_nobody_works(browser: ReviewBrowser, monkeypatch: pytest.MonkeyPatch):
    browser.sign_in("anna")
    later(monkeypatch, 31 * 60)
    answer = browser.get("/review")
    assert answer.headers["location"] == "/sign-in?next=%2Freview&why=expired"
    assert "Your session has ended" in browser.follow(answer).text


def test_work_keeps_a_session_but_not_for_ever(browser: ReviewBrowser, monkeypatch: pytest.MonkeyPatch):
    browser.sign_in("anna")
    now = time.time
    start = now()
    for minutes in range(20, 12 * 60, 20):
        monkeypatch.setattr(time, "time", lambda at=start + 60 * minutes: at)
        assert browser.get("/review").status_code == 200
    monkeypatch.setattr(time, "time", lambda: start + 12 * 3600 + 1)
    assert browser.get("/review").status_code == 303


def test_a_new_password_ends_the_sessions_of_the_old_one(browser: ReviewBrowser, people: Reviewers):
    browser.sign_in("anna")
    take_away(people, "anna", "password = '$argon2id$v=19$m=8", "password = '$argon2id$v=19$m=9")
    assert "why=ended" in browser.get("/review").headers["location"]


def test_a_cookie_of_another_key_is_none(people: Reviewers, tmp_path: Path):
    browser = ReviewBrowser(review_app(filled(), people))
    browser.sign_in("anna")
    other = ReviewBrowser(review_app(filled(), people, session_key_file=tmp_path / "other.key"))
    other.cookies.update(dict(browser.cookies))
    assert other.get("/review").headers["location"] == "/sign-in?next=%2Freview"


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c", "." * 5000, "eyJ9.x.y", "\u00e9"])
def test_a_cookie_that_is_none_lets_nobody_in(people: Reviewers, cookie: str):
    sign_in = sessions.Sessions(people, sign_in_settings(), "key")
    assert sign_in.read(cookie) is None


# ---------------------------------------------------------------- nothing typed is lost


@pytest.mark.parametrize("root", ["", "/tool"])
def test_a_correction_waits_for_a_session_that_expired_meanwhile(
    people: Reviewers, root: str, monkeypatch: pytest.MonkeyPatch
):
    review = filled()
    browser = ReviewBrowser(review_app(review, people, root), root=root)
    browser.sign_in("anna")
    path = f"{root}/review/items/1?schema=lease"
    token = browser.token(path)
    later(monkeypatch, 31 * 60)
    page = browser.post(
        path, token=token, action="corrected", seen="0", start="21", end="56", reason="as <b>amended</b>"
    )
    assert page.status_code == 401
    assert "as &lt;b&gt;amended&lt;/b&gt;" in page.text and review.decided == []
    kept = page.text.partition('name="kept" value="')[2].partition('"')[0]
    target = page.text.partition('name="next" value="')[2].partition('"')[0]
    again = browser.post(
        f"{root}/sign-in",
        token=browser.token_in(page.text),
        name="anna",
        password=PASSWORD,
        kept=kept,
        next=target,
    )
    assert again.headers["location"] == path
    html = browser.get(again.headers["location"]).text
    assert "as &lt;b&gt;amended&lt;/b&gt;</textarea>" in html
    assert 'name="start" value="21"' in html and 'name="end" value="56"' in html
    assert "What you had entered is here again" in html
    assert "What you had entered" not in browser.get(path).text, "once"


def test_what_one_person_typed_is_not_shown_to_another(
    browser: ReviewBrowser, monkeypatch: pytest.MonkeyPatch
):
    browser.sign_in("anna")
    token = browser.token("/review/items/1")
    later(monkeypatch, 31 * 60)
    page = browser.post("/review/items/1", token=token, action="rejected", reason="a secret thought").text
    kept = page.partition('name="kept" value="')[2].partition('"')[0]
    answer = browser.post(
        "/sign-in",
        token=browser.token_in(page),
        name="ada",
        password=PASSWORD,
        kept=kept,
        next="/review/items/1",
    )
    assert "a secret thought" not in browser.follow(answer).text


def test_a_form_of_an_earlier_session_is_shown_again(browser: ReviewBrowser, review: ReviewStandIn):
    browser.sign_in("anna")
    token = browser.token("/review/items/1")
    browser.sign_in("anna")
    page = browser.post("/review/items/1", token=token, action="rejected", seen="0", reason="not the rent")
    assert page.status_code == 403
    assert "not the rent</textarea>" in page.text and review.decided == []


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_a_decision_without_the_token_is_not_stored(
    browser: ReviewBrowser, review: ReviewStandIn, token: str
):
    browser.sign_in("anna")
    assert browser.post("/review/items/1", token=token, action="accepted", seen="0").status_code == 403
    assert browser.post("/review", token=token).status_code == 403
    assert review.decided == []


# ---------------------------------------------------------------- roles and scopes


def test_a_role_that_was_taken_away_holds_at_once_and_what_was_typed_is_shown(
    browser: ReviewBrowser, review: ReviewStandIn, people: Reviewers
):
    browser.sign_in("anna")
    token = browser.token("/review/items/1")
    take_away(people, "anna", 'role = "reviewer"', 'role = "reader"')
    page = browser.post(
        "/review/items/1",
        token=token,
        action="corrected",
        seen="0",
        start="54",
        end="66",
        reason="the yearly one",
    )
    assert page.status_code == 403
    assert "your role no longer lets you decide" in page.text
    assert "the yearly one" in page.text and "EUR 4,200.00</blockquote>" in page.text
    assert review.decided == []


def test_a_person_who_was_removed_is_out_at_once(browser: ReviewBrowser, people: Reviewers):
    browser.sign_in("anna")
    people.path.write_text(people.path.read_text().replace('"anna"', '"anne"'))
    answer = browser.get("/review")
    assert "why=gone" in answer.headers["location"]
    assert "no longer among the reviewers" in browser.follow(answer).text


def test_a_broken_file_lets_nobody_in_and_says_so(browser: ReviewBrowser, people: Reviewers):
    browser.sign_in("anna")
    people.path.write_text("[[reviewer\n")
    answer = browser.get("/review")
    assert answer.status_code == 503
    assert "The file of reviewers cannot be read" in answer.text
    assert browser.get("/sign-in").status_code == 503


def test_a_reader_looks_and_decides_nothing(browser: ReviewBrowser, review: ReviewStandIn):
    browser.sign_in("rita")
    html = browser.get("/review/items/1").text
    assert 'name="action"' not in html and "You may look, but not decide." in html
    assert review.items[1].claimed_by is None
    assert '<button class="start"' not in browser.get("/review").text
    assert browser.post("/review", token=browser.token("/review")).status_code == 403
    assert browser.act(1, "accepted").status_code == 403
    assert review.decided == []


@pytest.mark.parametrize(("name", "sees", "not_"), [("maya", 1, 4), ("sven", 1, 4)])
def test_reviewers_of_a_matter_see_that_matter_alone(browser: ReviewBrowser, name: str, sees: int, not_: int):
    browser.sign_in(name)
    html = browser.get("/review").text
    assert "lease.txt" in html and "rent.txt" not in html and "3 questions" in html
    assert browser.get(f"/review/items/{sees}").status_code == 200
    assert browser.get(f"/review/items/{not_}").status_code == 404
    assert browser.get(f"/review/items/{not_}/parts/1").status_code == 404
    assert browser.get(f"/review/items/{not_}/parts/1/picture").status_code == 404
    token = browser.token("/review")
    assert browser.post(f"/review/items/{not_}", token=token, action="accepted", seen="0").status_code == 404


def test_boards_are_for_people_without_a_scope(browser: ReviewBrowser):
    browser.sign_in("maya")
    for path in ("/boards/night", "/metrics", "/boards/nope"):
        answer = browser.get(path)
        assert answer.status_code == 403
        assert "Boards count all documents" in answer.text
    assert browser.get("/").headers["location"] == "/review"
    assert "/boards/" not in browser.get("/review").text
    browser.sign_in("anna")
    assert browser.get("/boards/night").status_code == 200


def test_evidence_pages_and_documents_keep_to_the_scope(people: Reviewers, review: ReviewStandIn):
    browser = ReviewBrowser(review_app(review, people))
    browser.sign_in("maya")
    assert browser.get(f"/runs/{RUN}").status_code == 404
    assert browser.get("/documents?name=only.pdf").status_code == 404
    review.items[1] = replace(review.items[1], run_id=RUN)
    assert browser.get(f"/runs/{RUN}").status_code == 200
    browser.sign_in("anna")
    assert browser.get("/documents?name=only.pdf").status_code == 200


# ---------------------------------------------------------------- proxies, settings


def test_below_a_path_cookies_and_links_are_below_it(people: Reviewers):
    browser = ReviewBrowser(review_app(filled(), people, "/tool"), root="/tool")
    answer = browser.sign_in("anna")
    assert answer.headers["location"] == "/tool/review"
    assert "Path=/tool/;" in answer.headers["set-cookie"]
    html = browser.get("/tool/review").text
    assert 'href="/review' not in html and 'action="/sign-out"' not in html
    stripped = browser.get("/review")
    assert 'action="/tool/sign-out"' in stripped.text or stripped.status_code == 303


def test_with_https_cookies_are_secure(people: Reviewers):
    browser = ReviewBrowser(review_app(filled(), people, web_url="https://review.example.com/tool"))
    assert "Secure" in browser.get("/sign-in").headers["set-cookie"]


def test_every_answer_carries_the_headers(browser: ReviewBrowser):
    browser.sign_in("anna")
    for path in ("/review", "/review/items/1", "/review/items/99", "/sign-in", "/review/items/1/parts/1"):
        answer = browser.get(path)
        assert answer.headers.keys() >= {name.lower() for name in HEADERS}
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert "form-action 'self'" in answer.headers["content-security-policy"]


def test_the_key_is_made_once_for_its_owner(tmp_path: Path):
    path = tmp_path / "new" / "session.key"
    key = session_key(path)
    assert len(key) > 60 and session_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        session_key(path)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("COUNTERSIGN_SESSION_IDLE_MINUTES", "0", "COUNTERSIGN_SESSION_IDLE_MINUTES"),
        ("COUNTERSIGN_SESSION_HOURS", "x", "COUNTERSIGN_SESSION_HOURS"),
        (
            "COUNTERSIGN_OIDC_ISSUER",
            "https://id.example",
            "COUNTERSIGN_OIDC_CLIENT_ID and COUNTERSIGN_OIDC_SECRET_FILE",
        ),
    ],
)
def test_a_wrong_setting_raises_configuration_error(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch, people: Reviewers
):
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("COUNTERSIGN_REVIEWERS", str(people.path))
    monkeypatch.setenv("COUNTERSIGN_HOME", str(people.path.parent))
    with pytest.raises(ConfigurationError, match=says):
        application(StandIn(), "127.0.0.1", "", filled())


def test_nobody_to_sign_in_raises_configuration_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("COUNTERSIGN_REVIEWERS", str(tmp_path / "none.toml"))
    with pytest.raises(ConfigurationError, match="countersign review users add NAME"):
        application(StandIn(), "127.0.0.1", "", filled())
