"""The pages of the review: queue, item, decisions and their refusals, and what they answer to nonsense."""

from __future__ import annotations

import html as html_of
import json
import random
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from infra.web.app import create_app
from infra.web.review.data import PAGE_ITEMS
from infra.web.review.item_view import MAX_QUICK_CHARS
from tasks.core.errors import StoreUnavailable
from tasks.core.reading.pictures.records import PageBox, PagePicture
from tasks.core.review.records import ItemKind, ReviewDecision
from tasks.core.schema import Cardinality
from tasks.sheets import WordSheet
from tests.unit.infra.web.review_standin import (
    EXCERPT,
    LEASE,
    ReviewBrowser,
    ReviewStandIn,
    evidence,
    filled,
    item_over,
    plain_reading,
    review_app,
    reviewers_in,
    schema,
)
from tests.unit.infra.web.standin import EVIL, StandIn, client

START = LEASE.index("EUR 4,200.00")
END = START + len("EUR 4,200.00")


@pytest.fixture
def review() -> ReviewStandIn:
    return filled()


@pytest.fixture
def browser(review: ReviewStandIn, tmp_path: Path) -> ReviewBrowser:
    made = ReviewBrowser(review_app(review, reviewers_in(tmp_path)))
    made.sign_in("anna")
    return made


@pytest.fixture
def other(browser: ReviewBrowser) -> ReviewBrowser:
    """Ben, at the same application."""
    made = ReviewBrowser(browser.app)
    made.sign_in("ben")
    return made


def actions(html: str) -> list[str]:
    return re.findall(r'name="action" value="([^"]+)" class="(?!plain small|main"> ?T)', html)


# ---------------------------------------------------------------- queue


def test_the_queue_shows_the_most_worthy_first(browser: ReviewBrowser):
    html = browser.get("/review").text
    assert re.findall(r'href="/review/items/(\d+)"', html) == ["1", "2", "3", "4"]
    assert "4 questions, the most worthy first" in html


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("schema=lease", ["1", "2", "3"]), ("kind=passage", ["2"]), ("reason=lost", ["3"]), ("document=rent.txt", ["4"]),
        ("field=nope", []), ("schema=lease&kind=value", ["1"]),
    ],
)  # fmt: skip
def test_filters_leave_what_fits_and_are_carried_on(browser: ReviewBrowser, query: str, ids: list[str]):
    html = browser.get(f"/review?{query}").text
    assert re.findall(r'href="/review/items/(\d+)\?', html) == ids
    if ids:
        answer = browser.post(f"/review?{query}", token=browser.token("/review"))
        assert answer.headers["location"] == f"/review/items/{ids[0]}?{query}"
        assert f'action="/review/items/{ids[0]}?{query.replace("&", "&amp;")}"' in browser.follow(answer).text


@pytest.mark.parametrize(
    "query", ["kind=nope", "age=0", "age=x", "age=9999", f"schema={'x' * 1025}", "field=a%00b", "after=x", "after=nan,1", "after=1,-1", "after=inf,2"],
)  # fmt: skip
def test_a_wrong_filter_is_refused(browser: ReviewBrowser, query: str):
    assert browser.get(f"/review?{query}").status_code == 400


def test_a_long_queue_goes_on_behind_the_last_item(browser: ReviewBrowser, review: ReviewStandIn):
    lease = next(iter(review.documents.values()))
    review.items = {n: item_over(lease, n, "EUR 4,200.00", worth=1.0) for n in range(1, 121)}
    seen: list[str] = []
    path = "/review"
    while path:
        html = browser.get(path).text
        seen += re.findall(r'href="/review/items/(\d+)"', html)
        more = re.search(r'href="([^"]+)" rel="next"', html)
        path = html_of.unescape(more[1]) if more else ""
    assert seen == [str(n) for n in range(1, 121)]
    assert len(seen) > PAGE_ITEMS


def test_a_limited_reviewer_is_offered_no_names_of_other_matters(
    browser: ReviewBrowser, review: ReviewStandIn, monkeypatch: pytest.MonkeyPatch
):
    def choices(_: StandIn, parameter: str, schema: str) -> list[str]:
        return ["lease", "rents", "merger"] if parameter == "schema_name" else [f"field_of_{schema}"]

    monkeypatch.setattr(StandIn, "choices", choices)
    assert "<option>merger" in browser.get("/review").text
    for name in ("maya", "sven"):
        limited = ReviewBrowser(browser.app)
        limited.sign_in(name)
        html = limited.get("/review?schema=lease").text
        assert "<option selected>lease" in html and "field_of_lease" in html
        assert "merger" not in html and "rents" not in html
        assert "field_of_merger" not in limited.get("/review?schema=merger").text


def test_an_empty_queue_says_so(browser: ReviewBrowser, review: ReviewStandIn):
    review.items.clear()
    assert "Nothing waits for a decision." in browser.get("/review").text
    answer = browser.post("/review", token=browser.token("/review"))
    assert "Nothing is left to decide here." in browser.follow(answer).text


# ---------------------------------------------------------------- an item


def test_an_item_says_what_is_asked_and_why(browser: ReviewBrowser):
    html = browser.get("/review/items/1").text
    for words in ("Is this right for “Monthly rent”?", "The rent for one month", "EUR 4,200.00", "EUR 4200.00",
                  "left open by the models", "gives it 62 % to be right: could be either", "It is in doubt", "lease.txt", "page 1"):  # fmt: skip
        assert words in html
    assert EXCERPT in html, "the text is there without a script, too"


@pytest.mark.parametrize(
    ("item_id", "expected"),
    [
        (1, ["accepted", "rejected", "corrected", "not_in_document"]),
        (2, ["marked", "rejected", "corrected", "not_in_document"]),
        (3, ["rejected", "corrected", "not_in_document", "gold_wrong"]),
        (4, ["accepted", "rejected", "corrected", "not_in_document", "gold_wrong"]),
    ],
)
def test_only_what_can_be_decided_is_offered(browser: ReviewBrowser, item_id: int, expected: list[str]):
    html = browser.get(f"/review/items/{item_id}").text
    group = html.partition('class="decisions"')[2].partition("</div>")[0]
    assert re.findall(r'value="([^"]+)"', group) == expected


def test_a_long_passage_is_not_taken_whole_with_one_key(browser: ReviewBrowser, review: ReviewStandIn):
    review.items[2] = replace(review.items[2], quote="x" * (MAX_QUICK_CHARS + 1))
    assert 'value="marked"' not in browser.get("/review/items/2").text


@pytest.mark.parametrize("item_id", ["99", "0", "-1", "x", "9" * 18, "9" * 19, "9" * 400, "1.0", "１"])
def test_an_item_that_is_none_is_a_page_that_says_so(browser: ReviewBrowser, item_id: str):
    for path in (
        f"/review/items/{item_id}",
        f"/review/items/{item_id}/parts/1",
        f"/review/items/{item_id}/parts/1/picture",
    ):
        assert browser.get(path).status_code == 404
    token = browser.token("/review")
    assert browser.post(f"/review/items/{item_id}", token=token, action="accepted").status_code == 404


# ---------------------------------------------------------------- decisions


@pytest.mark.parametrize("action", ["accepted", "rejected", "not_in_document"])
def test_a_decision_is_stored_and_the_next_item_comes_at_once(
    browser: ReviewBrowser, review: ReviewStandIn, action: str
):
    answer = browser.act(1, action, reason="  as the annex says \r\n twice ")
    assert answer.headers["location"] == "/review/items/2"
    assert [(one.decision, one.reviewer, one.reason) for one in review.decided] == [
        (ReviewDecision(action), "anna", "as the annex says \n twice")
    ]
    browser.follow(answer)
    assert review.items[2].claimed_by == "anna"


def test_a_correction_has_the_words_of_the_text_and_whole_words(
    browser: ReviewBrowser, review: ReviewStandIn
):
    browser.act(1, "corrected", start=str(START + 1), end=str(END - 3))
    (stored,) = review.decided
    assert (stored.decision, stored.spans, stored.quote) == (
        ReviewDecision.CORRECTED,
        ((START, END),),
        "EUR 4,200.00",
    )


@pytest.mark.parametrize(
    ("start", "end"), [("", ""), ("5", "5"), ("9", "3"), ("0", "99999999"), ("-1", "4"), ("x", "y"), ("12", "13"), ("1" * 50, "2" * 50)]
)  # fmt: skip
def test_a_correction_without_words_stores_nothing_and_keeps_the_reason(
    browser: ReviewBrowser, review: ReviewStandIn, start: str, end: str
):
    answer = browser.act(1, "corrected", start=start, end=end, reason="look at 1.2")
    assert answer.status_code == 400
    assert "select the right words" in answer.text and "look at 1.2</textarea>" in answer.text
    assert review.decided == []


RENT = LEASE.index("monthly rent")
TERM = LEASE.index("31 May 2031")


def test_further_values_are_stored_with_the_decision(browser: ReviewBrowser, review: ReviewStandIn):
    browser.act(1, "accepted", also=f"{RENT + 1}-{RENT + 10} {TERM}-{TERM + 11}  {TERM}-{TERM + 11}")
    assert [(one.decision, one.quote) for one in review.decided] == [
        (ReviewDecision.ACCEPTED, None),
        (ReviewDecision.CORRECTED, "monthly rent"),
        (ReviewDecision.CORRECTED, "31 May 2031"),
    ]
    assert browser.get("/review/items/1").text.count("(further value)") == 2


def test_without_a_selection_the_words_that_were_kept_first_are_right(
    browser: ReviewBrowser, review: ReviewStandIn
):
    browser.act(2, "corrected", also=f"{TERM}-{TERM + 11} {RENT}-{RENT + 12}")
    assert [one.quote for one in review.decided] == ["31 May 2031", "monthly rent"]


def test_the_own_words_of_a_value_are_no_further_value(browser: ReviewBrowser, review: ReviewStandIn):
    browser.act(1, "accepted", also=f"{START}-{END}")
    assert [one.decision for one in review.decided] == [ReviewDecision.ACCEPTED]


@pytest.mark.parametrize(
    ("also", "n"), [("x-y", 1), ("5", 1), ("<b>", 1), ("5-5", 0), ("0-99999999", 0), ("9-3", 0)]
)
def test_further_words_that_are_none_store_nothing(
    browser: ReviewBrowser, review: ReviewStandIn, also: str, n: int
):
    """What is no range at all was never selected."""
    answer = browser.act(1, "accepted", also=also, reason="look at 1.2")
    assert len(review.decided) == n
    assert answer.status_code == (303 if n else 400)


def test_undo_shows_the_further_values_again(browser: ReviewBrowser):
    browser.act(1, "accepted", also=f"{RENT}-{RENT + 12}")
    html = browser.follow(browser.act(2, "undo")).text
    assert f'name="also" value="{RENT}-{RENT + 12} "' in html
    assert '<q dir="auto">monthly rent</q>' in html
    assert re.findall(r'value="withdraw-(\d+)"', html) == []


def test_a_further_value_is_withdrawn_with_its_decision(browser: ReviewBrowser):
    browser.act(1, "accepted", also=f"{RENT}-{RENT + 12}")
    assert re.findall(r'value="withdraw-(\d+)"', browser.get("/review/items/1").text) == ["1"]


def test_a_field_with_one_value_offers_no_further_ones(browser: ReviewBrowser, review: ReviewStandIn):
    assert 'id="keep"' in browser.get("/review/items/1").text
    single = evidence(plain_reading(LEASE), "deals/single.txt", schema("single", cardinality=Cardinality.ONE))
    review.add(single, item_over(single, 9, "EUR 4,200.00"))
    html = browser.get("/review/items/9").text
    assert 'id="keep"' not in html and 'id="also"' not in html
    answer = browser.act(9, "accepted", also=f"{RENT}-{RENT + 12}", reason="two")
    assert answer.status_code == 409 and "a document has one value of this field" in answer.text
    assert "two</textarea>" in answer.text and review.decided == []


def test_a_passage_is_taken_with_its_marked_words(browser: ReviewBrowser, review: ReviewStandIn):
    browser.act(2, "marked")
    assert review.decided[0].decision is ReviewDecision.CORRECTED
    assert review.decided[0].spans == review.items[2].spans


@pytest.mark.parametrize(
    ("item_id", "action"),
    [(2, "accepted"), (3, "accepted"), (1, "gold_wrong"), (1, "marked"), (1, "withdrawn"), (1, ""), (1, "x" * 9999), (1, "<b>")],
)  # fmt: skip
def test_what_cannot_be_decided_is_not_stored(
    browser: ReviewBrowser, review: ReviewStandIn, item_id: int, action: str
):
    assert browser.act(item_id, action).status_code == 400
    assert review.decided == []


def test_skipped_items_do_not_come_again_until_a_new_start(browser: ReviewBrowser, review: ReviewStandIn):
    seen = []
    answer = browser.post("/review", token=browser.token("/review"))
    while (found := re.search(r"/review/items/(\d+)", answer.headers["location"])) is not None:
        seen.append(int(found[1]))
        answer = browser.act(seen[-1], "skip")
    assert seen == [1, 2, 3, 4]
    assert "Nothing is left but what you skipped" in browser.follow(answer).text
    assert all(one.claimed_by is None for one in review.items.values())
    answer = browser.post("/review", token=browser.token("/review"))
    assert answer.headers["location"] == "/review/items/1"


def test_leaving_gives_the_item_back(browser: ReviewBrowser, review: ReviewStandIn):
    browser.get("/review/items/1")
    assert review.items[1].claimed_by == "anna"
    assert browser.act(1, "leave").headers["location"] == "/review"
    assert review.items[1].claimed_by is None


def test_undo_is_a_new_row_and_opens_the_item_again(browser: ReviewBrowser, review: ReviewStandIn):
    browser.act(1, "accepted")
    browser.act(2, "rejected")
    answer = browser.act(3, "undo")
    assert answer.headers["location"] == "/review/items/2"
    assert "Withdrawn. The question is open again" in browser.follow(answer).text
    assert browser.act(2, "undo").headers["location"] == "/review/items/1"
    assert [(one.decision, one.withdraws) for one in review.decided] == [
        (ReviewDecision.ACCEPTED, None), (ReviewDecision.REJECTED, None),
        (ReviewDecision.WITHDRAWN, 2), (ReviewDecision.WITHDRAWN, 1),
    ]  # fmt: skip
    assert "There is nothing to undo" in browser.follow(browser.act(1, "undo")).text


def test_a_decision_can_be_withdrawn_later_by_who_made_it_or_an_administrator(
    browser: ReviewBrowser, other: ReviewBrowser, review: ReviewStandIn
):
    browser.act(1, "accepted")
    assert "withdraw-1" in browser.get("/review/items/1").text
    assert "withdraw-1" not in other.get("/review/items/1").text
    refused = other.act(1, "withdraw-1")
    assert refused.status_code == 409 and "a decision of anna" in refused.text
    ada = ReviewBrowser(browser.app)
    ada.sign_in("ada")
    assert ada.act(1, "withdraw-1").status_code == 303
    assert review.items[1].is_open
    assert browser.act(1, "withdraw-1").status_code == 409, "once"
    assert browser.act(1, "withdraw-x").status_code == 404


def test_undo_fills_the_form_again(browser: ReviewBrowser):
    browser.act(1, "corrected", start=str(START), end=str(END), reason="as the annex says")
    html = browser.follow(browser.act(2, "undo")).text
    assert "Withdrawn. The question is open again" in html
    assert "as the annex says</textarea>" in html
    assert f'name="start" value="{START}"' in html and f'name="end" value="{END}"' in html
    assert "<bdi>EUR 4,200.00</bdi>" in html
    assert "as the annex says</textarea>" not in browser.get("/review/items/1").text, "once"


def test_a_correction_without_a_normal_form_is_stored_and_told(browser: ReviewBrowser, review: ReviewStandIn):
    start = LEASE.index("monthly rent")
    told = "no amount of money could be read in its words"
    html = browser.follow(browser.act(1, "corrected", start=str(start), end=str(start + 12))).text
    assert told in html and review.decided[0].quote == "monthly rent"
    browser.follow(browser.act(2, "undo"))
    answer = browser.act(1, "corrected", start=str(START), end=str(END))
    assert told not in browser.follow(answer).text


# ---------------------------------------------------------------- two reviewers


def claim(browser: ReviewBrowser, item_id: int, path: str = "/review") -> httpx.Response:
    return browser.post(f"/review/items/{item_id}/claim", token=browser.token(path))


def test_an_open_page_keeps_its_claim(browser: ReviewBrowser, other: ReviewBrowser, review: ReviewStandIn):
    html = browser.get("/review/items/1").text
    assert 'data-claim="/review/items/1/claim" data-claim-minutes="15"' in html
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    review.items[1] = replace(review.items[1], claimed_until=long_ago)
    assert claim(browser, 1).status_code == 204
    assert (review.items[1].claimed_until or long_ago) > long_ago
    told = claim(other, 1)
    assert told.status_code == 409 and "anna is looking" in told.json()["reason"]
    assert review.items[1].claimed_by == "anna"


def test_a_claim_is_not_renewed_of_what_is_decided_unknown_or_not_theirs(
    browser: ReviewBrowser, review: ReviewStandIn
):
    browser.act(1, "accepted")
    assert claim(browser, 1).status_code == 409
    assert claim(browser, 99).status_code == 404
    review.release(2, "anna")
    assert browser.post("/review/items/2/claim", token="x").status_code == 403
    rita = ReviewBrowser(browser.app)
    rita.sign_in("rita")
    assert claim(rita, 2).status_code == 403
    stranger = ReviewBrowser(browser.app)
    assert stranger.post("/review/items/2/claim", token="x").status_code in (401, 403)
    assert review.items[2].claimed_by is None


def test_a_renewed_claim_keeps_no_session_alive(browser: ReviewBrowser, monkeypatch: pytest.MonkeyPatch):
    token = browser.token("/review")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 120)
    answer = browser.post("/review/items/1/claim", token=token)
    assert answer.status_code == 204 and "set-cookie" not in answer.headers
    assert "countersign_session" in browser.get("/review").headers["set-cookie"]


def test_the_second_reviewer_is_told_who_has_the_item(browser: ReviewBrowser, other: ReviewBrowser):
    browser.get("/review/items/1")
    html = other.get("/review/items/1").text
    assert "anna is looking at this question now" in html
    assert 'value="accepted"' not in html and "Next question" in html
    assert "with anna" in other.get("/review").text
    assert other.post("/review", token=other.token("/review")).headers["location"] == "/review/items/2"


def test_the_second_decision_is_refused_with_the_name_and_keeps_what_was_typed(
    browser: ReviewBrowser, other: ReviewBrowser, review: ReviewStandIn
):
    token = other.token("/review/items/1")
    review.items[1] = replace(review.items[1], claimed_by=None)  # the claim ran out
    browser.act(1, "rejected")
    fields = {"token": token, "seen": "0", "action": "corrected", "start": str(START), "end": str(END)}
    answer = other.post("/review/items/1", **fields, reason="it is the rent")
    assert answer.status_code == 409
    assert "anna has decided this meanwhile" in answer.text and "Decided by anna: wrong." in answer.text
    assert "it is the rent" in answer.text and "EUR 4,200.00</blockquote>" in answer.text
    assert len(review.decided) == 1


def test_a_superseded_item_leads_to_the_newer_run(
    browser: ReviewBrowser, review: ReviewStandIn, monkeypatch: pytest.MonkeyPatch
):
    from tasks.core.review.records import DecisionRefused, RefusalCode

    newer = "487defd3-0a3c-4a73-9a8e-6f1df3a4b001"

    def refuse(*_: object) -> int:
        raise DecisionRefused(RefusalCode.SUPERSEDED, newer_run=newer)

    monkeypatch.setattr(review, "decide", refuse)
    answer = browser.act(1, "accepted", reason="kept")
    assert answer.status_code == 409
    assert f'href="/runs/{newer}"' in answer.text and "kept</textarea>" in answer.text


def test_an_item_of_a_replaced_run_can_only_be_read(browser: ReviewBrowser, review: ReviewStandIn):
    browser.act(1, "accepted")
    older, newer, newest = review.items[1].run_id, "11111111", "22222222"
    review.newer[older] = (newest, newer)
    (made,) = review.decided
    review.decided += [
        replace(made, review_id=2, run_id=newest, carried_from=1),
        replace(made, review_id=3, run_id=newest),
        replace(made, review_id=4, run_id="00000000"),
    ]
    html = browser.get("/review/items/1").text
    assert f'href="/runs/{newest}"' in html and "a newer run has taken its place" in html
    assert "withdraw-" not in html and 'value="accepted"' not in html
    said = re.findall(r"</time>(?:, ([^<]+))?</span>", html)
    assert said == ["", "carried over to the newer run", "on the newer run", "on an earlier run"]


# ---------------------------------------------------------------- pages of the document


def test_a_part_gives_every_word_with_its_offsets(browser: ReviewBrowser):
    data = browser.get("/review/items/1/parts/1").json()
    words = [LEASE[start:end] for start, end in data["words"]]
    assert "4,200.00" in words and "EUR" in words and "." in words
    assert data["picture"] == "" and data["boxes"] == []
    assert [LEASE[start:end] for start, end, *_ in data["lines"]] == LEASE.splitlines()
    assert browser.get("/review/items/1/parts/2").status_code == 404


def test_a_part_with_a_picture_has_boxes_in_its_shares(browser: ReviewBrowser, review: ReviewStandIn):
    text = review.part(review.items[1], 1)
    assert text is not None
    box = PageBox(1, 0.1, 0.2, 0.3, 0.25)
    review.draws = lambda item, number: WordSheet(
        text, PagePicture(1, "image/png", 8, 9, b"png"), {text.words[3]: (box,)}
    )
    data = browser.get("/review/items/1/parts/1").json()
    assert data["boxes"] == [[3, 0.1, 0.2, 0.3, 0.25]]
    assert (data["picture"], data["width"], data["height"]) == ("/review/items/1/parts/1/picture", 8, 9)
    picture = browser.get(data["picture"])
    assert (picture.content, picture.headers["content-type"]) == (b"png", "image/png")
    assert picture.headers["cache-control"] == "no-store"


def test_a_part_without_a_picture_says_why(browser: ReviewBrowser, review: ReviewStandIn):
    text = review.part(review.items[1], 1)
    assert text is not None
    review.draws = lambda item, number: WordSheet(text, reason="file_changed")
    assert "has changed since this run" in browser.get("/review/items/1/parts/1").json()["reason"]
    assert "已更改" in browser.get("/review/items/1/parts/1?lang=zh").json()["reason"]


# ---------------------------------------------------------------- hostile text, broken stores, nonsense


@pytest.fixture
def hostile(tmp_path: Path) -> ReviewBrowser:
    """Whatever a contract, a schema, a person or a model says is hostile."""
    review = ReviewStandIn()
    text = f"{EVIL}\n<img src=x onerror=alert(1)>\n" + "| a | b |" * 4000 + "\n"
    stored = evidence(plain_reading(text), f"deals/{EVIL}.txt", schema("lease", EVIL))
    field = {"field": EVIL, "reason": EVIL, "schema_name": EVIL, "normal": EVIL, "value": EVIL}
    review.add(
        stored,
        *(
            item_over(stored, n, "onerror=alert(1)", kind, **field, status=EVIL if n == 1 else None)
            for n, kind in enumerate(ItemKind, start=1)
        ),
    )
    made = ReviewBrowser(review_app(review, reviewers_in(tmp_path)))
    made.sign_in("anna")
    made.act(2, "rejected", reason=EVIL)
    return made


@pytest.mark.parametrize(
    "path",
    [
        "/review",
        "/review/items/1",
        "/review/items/2",
        "/review/items/3",
        "/sign-in",
        f"/review?field={EVIL!r}",
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_contract_says_is_text_on_every_page(hostile: ReviewBrowser, path: str, language: str):
    html = hostile.get(path, **{"Accept-Language": language}).text
    assert set(re.findall(r"<script[^>]*>", html)) <= {'<script src="/static/review.js" defer>'}
    assert "<img" not in html
    assert not re.findall(r"<[^>]*\s(?:on\w+|style)=|javascript:", re.sub(r'"[^"]*"', '""', html))


def test_what_a_contract_says_is_data_for_the_script(hostile: ReviewBrowser):
    answer = hostile.get("/review/items/1/parts/1")
    assert answer.headers["content-type"] == "application/json"
    assert EVIL in json.loads(answer.text)["text"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/review", "/review/items/1", "/review/items/1/parts/1", "/review/items/1/parts/1/picture"]
)
def test_a_store_that_does_not_answer_is_a_page_that_says_so(
    browser: ReviewBrowser, review: ReviewStandIn, path: str
):
    review.error = StoreUnavailable("PostgreSQL does not answer.")
    answer = browser.get(path)
    assert answer.status_code == 503
    assert "PostgreSQL does not answer" in answer.text


NONSENSE = (
    "",
    "\x00",
    "../..",
    "%2e%2e",
    "9" * 30,
    "-1",
    "💥",
    "a" * 3000,
    "'; DROP TABLE review; --",
    "<script>",
    "１２",
    "1e9",
    "nan",
)
ROUTES = (
    "/", "/review", "/review/items/{}", "/review/items/1/parts/{}", "/review/items/{}/parts/{}/picture", "/sign-in", "/sign-out",
    "/sign-in/callback", "/sign-in/provider", "/runs/{}", "/boards/{}", "/documents", "/static/{}", "/metrics",
)  # fmt: skip
NAMES = (
    "lang",
    "part",
    "schema",
    "field",
    "document",
    "age",
    "kind",
    "after",
    "reason",
    "refresh",
    "next",
    "why",
    "state",
    "code",
    "name",
)
FIELDS = ("token", "action", "seen", "start", "end", "reason", "name", "password", "next", "kept")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("is_in", [True, False], ids=["signed in", "outside"])
def test_nonsense_gets_an_answer_and_no_failure(browser: ReviewBrowser, route: str, is_in: bool):
    from urllib.parse import quote, urlencode

    random.seed(route)
    someone = browser if is_in else ReviewBrowser(browser.app)
    token = browser.token("/review")
    for value in NONSENSE:
        path = route.replace("{}", quote(value, safe="") or "1")
        given = {name: random.choice(NONSENSE) for name in random.sample(NAMES, 5)}
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
            fields = {name: random.choice(NONSENSE) for name in random.sample(FIELDS, 6)}
            if random.random() < 0.6:
                fields["token"] = token
            answer = someone.request(
                method, f"{path}?{urlencode(given)}", fields if method == "POST" else None
            )
            assert answer.status_code < 500, (method, path, given, fields)


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/plain", b"action=accepted"), ("application/json", b"{}"), ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=1"), ("application/x-www-form-urlencoded", b"a=%ff"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(100))),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 70_000), ("", b""),
    ],
)  # fmt: skip
def test_a_body_that_is_no_form_is_refused(browser: ReviewBrowser, media_type: str, body: bytes):
    import asyncio

    import httpx

    async def send() -> list[int]:
        transport = httpx.ASGITransport(browser.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8710", cookies=browser.cookies
        ) as sender:
            headers = {"content-type": media_type}
            return [
                (await sender.post(path, content=body, headers=headers)).status_code
                for path in ("/review/items/1", "/review", "/sign-in", "/sign-out")
            ]

    assert asyncio.run(send()) == [400] * 4


def test_boards_without_a_review_stay_as_they_are():
    made = client(StandIn("investment"))
    assert made.get("/review").status_code == 404
    assert made.get("/sign-in").status_code == 404
    html = made.get("/").text
    assert "review.css" not in html and "Sign out" not in html
    assert create_app(StandIn()).state.has_sign_in is False
