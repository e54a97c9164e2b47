"""Every page of the web application: what it says, what it never says, and how it answers nonsense."""

from __future__ import annotations

import re

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as of_openmetrics
from prometheus_client.parser import text_string_to_metric_families as of_plain_text

from infra.web.security import HEADERS
from tasks.core.errors import ConfigurationError, CountersignError, StoreUnavailable
from tasks.core.evidence.html import write_page
from tasks.postgres.boards import BOARDS
from tests.samples import evidence_pages
from tests.unit.infra.web.standin import EVIL, PAGE, RUN, StandIn, client

FILLED = StandIn("investment")
BOARD_PATHS = [f"/boards/{board.name}" for board in BOARDS]
PAGES = ["/", *BOARD_PATHS, "/documents", "/documents?name=investment.pdf", "/documents?name=only.pdf"]
GONE = StoreUnavailable("PostgreSQL at 127.0.0.1:5432/countersign does not answer.")


def titles(html: str) -> list[str]:
    return re.findall(r"<h2 id=[^>]*>([^<]*)</h2>", html)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_a_board_shows_every_panel_with_its_rows(board):
    html = client(FILLED).get(f"/boards/{board.name}").text
    assert titles(html) == [panel.title for panel in board.panels]
    assert html.count("<tbody>") == sum(panel.kind != "stat" for panel in board.panels)
    drawn = sum(panel.kind in ("bars", "lines", "stacked") for panel in board.panels)
    assert html.count('role="img"') == drawn


@pytest.mark.parametrize("path", PAGES)
def test_what_a_contract_says_is_text_on_every_page(path: str):
    html = client(StandIn(EVIL)).get(path).text
    assert "<script" not in html.lower()
    assert "{{7*7}}" in html or EVIL not in html, "a template is not evaluated twice"
    assert not re.findall(r"\son\w+=|\sstyle=|javascript:", html.replace("&#34;", ""))


@pytest.mark.parametrize(
    "path", [*PAGES, "/metrics", "/health", "/static/boards.css", "/nope", "/boards/now?days=x"]
)
def test_every_answer_carries_the_headers(path: str):
    answer = client(FILLED).get(path)
    own = {"Cache-Control"} if path.startswith("/static") else set()
    assert {name: answer.headers.get(name) for name in HEADERS.keys() - own} == {
        name: value for name, value in HEADERS.items() if name not in own
    }


@pytest.mark.parametrize("path", BOARD_PATHS)
def test_an_empty_database_says_how_to_get_something(path: str):
    answer = client(StandIn()).get(path)
    assert answer.status_code == 200
    assert "make demo KEEP=1" in answer.text and "countersign extract" in answer.text
    assert 'role="img"' not in answer.text


def test_the_index_leads_to_every_board_and_to_the_newest_runs():
    html = client(FILLED).get("/").text
    assert all(f'href="{path}"' in html for path in BOARD_PATHS)
    assert f'href="/runs/{RUN}"' in html


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("days=0", "from 1 to 366"),
        ("days=367", "from 1 to 366"),
        ("days=-1", "from 1 to 366"),
        ("days=٣", "from 1 to 366"),
        ("days=1e9", "from 1 to 366"),
        (f"days={'9' * 5000}", "characters"),
        ("schema=nosuch", "none of that name"),
        (f"field={'x' * 1025}", "characters"),
        ("field=a%00b", "characters that no name has"),
        ("refresh=1", "from 5 to 3600"),
    ],
)
def test_a_parameter_out_of_bounds_is_refused_before_the_store_is_asked(query: str, words: str):
    data = StandIn("investment")
    answer = client(data).get(f"/boards/quality?{query}")
    assert answer.status_code == 400
    assert words in answer.text
    assert data.asked == []


def test_a_run_that_is_none_is_refused():
    assert client(FILLED).get("/boards/document?run=x").status_code == 400


def test_chosen_parameters_reach_every_panel_of_the_board():
    data = StandIn("investment")
    html = client(data).get("/boards/quality?days=7&schema=investment&field=investment").text
    assert {query for query, _ in data.asked} == {panel.query for panel in BOARDS[2].panels}
    assert all(
        chosen == {"days": 7, "schema_name": "investment", "field": "investment"} for _, chosen in data.asked
    )
    assert 'name="days" value="7"' in html and "Last 7 days." in html
    assert "<option selected>investment</option>" in html


def test_a_panel_whose_query_fails_leaves_the_others_standing():
    data = StandIn("investment", failing={"days": GONE})
    answer = client(data).get("/boards/night")
    assert answer.status_code == 200
    assert answer.text.count("gave no answer to this query") == 2
    assert answer.text.count('role="img"') == 3


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nope", 404), ("/boards/nope", 404), ("/boards/../../etc/passwd", 404), ("/runs/1", 404),
     ("/runs/00000000-0000-0000-0000-000000000000", 404), ("/documents?name=nosuch.pdf", 404), ("/docs", 404)],
)  # fmt: skip
def test_what_does_not_exist_is_a_page_that_says_so(path: str, status: int):
    answer = client(FILLED).get(path)
    assert answer.status_code == status
    assert "<main" in answer.text and "Traceback" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/boards/now", f"/runs/{RUN}"])
def test_nothing_can_be_written(method: str, path: str):
    assert client(FILLED).get(path, method).status_code == 405


def test_a_head_request_has_the_headers_of_the_page():
    answer = client(FILLED).get("/health", "HEAD")
    assert (answer.status_code, answer.text) == (200, "")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (GONE, 503),
        (ConfigurationError("the database schema is out of date"), 503),
        (CountersignError("odd"), 500),
    ],
)
def test_a_database_that_is_gone_is_said_with_what_to_do(error: CountersignError, status: int):
    data = StandIn("investment", error=error)
    for path in ("/", "/boards/now", f"/runs/{RUN}", "/metrics"):
        answer = client(data).get(path)
        assert answer.status_code == status
        assert str(error) in answer.text
    assert client(data).get("/health").status_code == 503


def test_an_unforeseen_error_shows_no_traceback_and_keeps_the_headers(monkeypatch: pytest.MonkeyPatch):
    data = StandIn("investment")
    monkeypatch.setattr(data, "rows", lambda *_: 1 / 0)
    answer = client(data).get("/boards/now")
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.text and "File" not in answer.text
    assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


def test_an_evidence_page_keeps_its_own_policy_and_is_framed_by_none():
    answer = client(FILLED).get(f"/runs/{RUN}")
    assert answer.text == PAGE
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'sha256-abc='; frame-ancestors 'none'"
    )


def test_policy_of_a_written_page_stands_in_the_header_as_it_is_meant():
    html = write_page(evidence_pages.small())
    policy = client(StandIn("investment", page=html)).get(f"/runs/{RUN}").headers["Content-Security-Policy"]
    assert "&" not in policy
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert re.search(r"script-src 'sha256-[\w+/=]+'", policy)


def test_an_evidence_page_without_a_policy_runs_nothing():
    late = "<p>x</p>" * 1000 + PAGE
    answer = client(StandIn("investment", page=late)).get(f"/runs/{RUN}")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_document_with_one_key_shows_its_runs_and_several_are_listed():
    one = client(FILLED).get("/documents?name=only.pdf").text
    assert f"/runs/{RUN}" in one
    several = client(FILLED).get("/documents?name=investment.pdf").text
    assert 'href="/documents?name=a%2Finvestment.pdf"' in several and f"/runs/{RUN}" not in several


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::1"]
)
def test_another_host_is_refused_with_what_to_do(host: str):
    answer = client(FILLED)
    answer.host = host
    refused = answer.get("/boards/now")
    assert refused.status_code == 400
    assert "COUNTERSIGN_WEB_HOSTS" in refused.text
    assert refused.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "host", ["localhost:1", "127.0.0.1", "[::1]:8710", "Boards.Example.com", "10.0.0.7:80"]
)
def test_known_hosts_are_answered(host: str):
    app = client(FILLED, bind="10.0.0.7", hosts=["boards.example.com"])
    app.host = host
    assert app.get("/health").status_code == 200


@pytest.mark.parametrize("path", ["/boards/quality", "/tool/boards/quality"], ids=["stripped", "whole"])
def test_links_stay_below_the_path_of_a_proxy(path: str):
    answer = client(FILLED, root_path="/tool").get(f"{path}?schema=investment")
    assert answer.status_code == 200
    links = re.findall(r'(?:href|action)="([^"]*)"', answer.text)
    assert [link for link in links if not link.startswith(("/tool/", "#", "data:,"))] == []
    assert "/tool/boards/quality?schema=investment&amp;lang=zh" in links


def test_the_language_follows_the_browser_and_then_the_choice():
    app = client(FILLED)
    assert (
        'lang="zh"'
        in app.get("/", **{"accept-language": "fr, zh-CN;q=0.8, en;q=0.5"}).text.split("<head>")[0]
    )
    assert 'lang="en"' in app.get("/", **{"accept-language": "en, zh"}).text.split("<head>")[0]
    chosen = app.get("/?lang=zh", **{"accept-language": "en"}).text
    assert "看板" in chosen and 'href="/boards/now?lang=zh"' in chosen
    assert 'name="lang" value="zh"' in chosen, "the search keeps the language"


def test_a_page_loads_again_only_if_asked():
    app = client(FILLED)
    assert "http-equiv" not in app.get("/boards/now").text
    asked = app.get("/boards/now?refresh=30").text
    assert '<meta http-equiv="refresh" content="30">' in asked
    assert 'href="/boards/night?refresh=30"' in asked


def test_metrics_are_openmetrics_for_those_who_take_it():
    answer = client(StandIn(EVIL)).get("/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")
    families = {family.name: family for family in of_openmetrics(answer.text)}
    runs = families["countersign_runs"]
    assert (runs.type, runs.samples[0].name, runs.samples[0].value) == (
        "counter",
        "countersign_runs_total",
        1.0,
    )
    assert runs.samples[0].labels == {"schema_name": f"{EVIL}0", "state": f"{EVIL}0"}
    assert families["countersign_running"].type == "gauge"


@pytest.mark.parametrize("text", ["", "investment"])
def test_metrics_are_plain_text_for_everyone_else(text: str):
    answer = client(StandIn(text)).get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = {sample.name for family in of_plain_text(answer.text) for sample in family.samples}
    assert ("countersign_values_total" in found) == bool(text)
