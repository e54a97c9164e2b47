"""Sign-in by OpenID Connect against a real provider on 127.0.0.1, as a process of its own."""

from __future__ import annotations

import html
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.reviewers import Reviewer, ReviewerRole, Reviewers
from infra.web.sign_in.settings import SignInSettings
from tasks.core.errors import ConfigurationError
from tests.unit.infra.web.review_standin import ReviewBrowser, filled, review_app, sign_in_of

PATIENCE_S = 60


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(argv, env=os.environ | {"PYTHONWARNINGS": "ignore"}, stderr=subprocess.DEVNULL)
    address = f"http://localhost:{port}"
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            httpx.get(f"{address}/.well-known/openid-configuration").raise_for_status()
            break
        except httpx.HTTPError:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.2)
    yield address
    process.terminate()
    process.wait(PATIENCE_S)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.touch(0o600)
    path.write_text("client-secret\n")
    return path


@pytest.fixture
def people(tmp_path: Path) -> Reviewers:
    made = Reviewers(tmp_path / "reviewers.toml")
    made.add(Reviewer("Anna Sub", ReviewerRole.REVIEWER, subject="sub-anna"))
    made.add(Reviewer("Ben Mail", ReviewerRole.READER, subject="ben@example.org"))
    return made


@pytest.fixture
def browser(issuer: str, secret: Path, people: Reviewers) -> ReviewBrowser:
    settings = {"oidc_issuer": issuer, "oidc_client_id": "countersign", "oidc_secret_file": secret}
    return ReviewBrowser(review_app(filled(), people, **settings))


def begun(browser: ReviewBrowser, target: str = "/review", kept: str = "") -> str:
    """The provider's address to which a sign-in leads."""
    token = browser.token("/sign-in")
    answer = browser.post("/sign-in/provider", token=token, next=target, kept=kept)
    assert answer.status_code == 200
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
    assert found
    return html.unescape(found[1])


def at_provider(address: str, sub: str, **claims: object) -> str:
    """What a person does at the provider; returns the address that it sends the browser back to."""
    base = address.partition("/oauth2")[0]
    if claims:
        httpx.put(f"{base}/users/{sub}", json=claims).raise_for_status()
    answer = httpx.post(address, data={"sub": sub})
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["location"]


def path_in(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def test_a_person_signs_in_by_sub_and_goes_on(browser: ReviewBrowser):
    address = begun(browser, "/review/items/2")
    query = parse_qs(urlsplit(address).query)
    assert query["code_challenge_method"] == ["S256"] and query["nonce"] and query["state"]
    assert "client-secret" not in address
    answer = browser.get(path_in(at_provider(address, "sub-anna")))
    assert answer.headers["location"] == "/review/items/2"
    assert "Anna Sub" in browser.get("/review").text


def test_a_person_signs_in_by_a_verified_mail_only(browser: ReviewBrowser):
    back = at_provider(begun(browser), "u1", email="ben@example.org", email_verified=True)
    assert browser.get(path_in(back)).status_code == 303
    back = at_provider(begun(ReviewBrowser(browser.app)), "u2", email="ben@example.org", email_verified=False)
    other = ReviewBrowser(browser.app)
    back = at_provider(begun(other), "u2", email="ben@example.org", email_verified=False)
    answer = other.get(path_in(back))
    assert answer.status_code == 403
    assert "knows you as u2" in answer.text and other.get("/review").status_code == 303


def test_a_form_is_carried_through_the_provider(browser: ReviewBrowser, people: Reviewers):
    page = browser.post("/review/items/1", action="rejected", reason="typed before").text
    kept = page.partition('name="kept" value="')[2].partition('"')[0]
    back = at_provider(begun(browser, "/review/items/1", kept), "sub-anna")
    answer = browser.get(path_in(back))
    assert "typed before</textarea>" in browser.follow(answer).text


def test_a_sign_in_of_another_browser_is_refused(browser: ReviewBrowser):
    back = path_in(at_provider(begun(browser), "sub-anna"))
    answer = ReviewBrowser(browser.app).get(back)
    assert answer.status_code == 401 and "not begun in this browser" in answer.text
    assert browser.get(back).status_code == 401, "each state counts once"


@pytest.mark.parametrize("query", ["", "state=x&code=y", "error=access_denied", "state=&code=", "code=1"])
def test_an_answer_that_is_none_lets_nobody_in(browser: ReviewBrowser, query: str):
    begun(browser)
    answer = browser.get(f"/sign-in/callback?{query}")
    assert answer.status_code == 401
    assert browser.get("/review").status_code == 303


def test_a_wrong_code_lets_nobody_in(browser: ReviewBrowser):
    state = parse_qs(urlsplit(begun(browser)).query)["state"][0]
    answer = browser.get(f"/sign-in/callback?state={state}&code=guessed")
    assert answer.status_code == 401 and "refused the code" in answer.text


def test_a_token_for_another_client_lets_nobody_in(browser: ReviewBrowser, monkeypatch: pytest.MonkeyPatch):
    back = at_provider(begun(browser), "sub-anna")
    from joserfc import jwt

    real = jwt.decode

    def decode(*args: object, **more: object) -> object:
        token = real(*args, **more)  # type: ignore[arg-type]
        token.claims["aud"] = "another"
        return token

    monkeypatch.setattr("joserfc.jwt.decode", decode)
    answer = browser.get(path_in(back))
    assert answer.status_code == 401 and "token is not valid" in answer.text


def test_a_provider_that_does_not_answer_is_told(people: Reviewers, secret: Path):
    settings = {"oidc_issuer": "http://127.0.0.1:1", "oidc_client_id": "c", "oidc_secret_file": secret}
    browser = ReviewBrowser(review_app(filled(), people, **settings))
    answer = browser.post("/sign-in/provider", token=browser.token("/sign-in"), next="/")
    assert answer.status_code == 503 and "does not answer" in answer.text


def test_a_secret_for_everyones_eyes_raises_configuration_error(people: Reviewers, secret: Path):
    secret.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        sign_in_of(people, oidc_issuer="http://x", oidc_client_id="c", oidc_secret_file=secret)


def test_the_secret_is_in_no_setting_that_is_printed(secret: Path):
    settings = SignInSettings(oidc_issuer="http://x", oidc_client_id="c", oidc_secret_file=secret)
    assert (
        "client-secret" not in repr(settings)
        and settings.client
        and settings.client.secret == "client-secret"
    )
    assert "client-secret" not in repr(settings.client)
