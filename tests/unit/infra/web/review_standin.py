"""A review that needs no database: items over documents that were really read, claims and decisions in memory."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from infra.reviewers import ReviewerRole, Reviewers
from infra.web.app import create_app
from infra.web.review.data import Cursor
from infra.web.sign_in.routes import SignIn, sign_in_for
from infra.web.sign_in.settings import SignInSettings
from tasks.core.errors import CountersignError
from tasks.core.evidence.questions import PartText, ReviewQuestion, question_of
from tasks.core.evidence.stored import DocumentSource, RunHead, StoredEvidence
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.replay import StoredRun
from tasks.core.records import DocumentId, Reading, RunId, Span
from tasks.core.review.page_words import selected
from tasks.core.review.records import (
    DecisionRefused,
    ItemKind,
    NewDecision,
    QueueFilter,
    RefusalCode,
    ReviewDecision,
    ReviewItem,
    Scope,
    StoredDecision,
    Via,
)
from tasks.core.schema import Cardinality, FieldType, Schema, SchemaField
from tasks.sheets import Sheets, WordSheet
from tests.unit.core.builders import body_chunk
from tests.unit.core.evidence import trails
from tests.unit.infra.web.standin import StandIn

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)
PASSWORD = "a long walk home"
PEOPLE = {
    "anna": (ReviewerRole.REVIEWER, Scope()),
    "ben": (ReviewerRole.REVIEWER, Scope()),
    "rita": (ReviewerRole.READER, Scope()),
    "ada": (ReviewerRole.ADMIN, Scope()),
    "maya": (ReviewerRole.REVIEWER, Scope(("deals/",), None)),
    "sven": (ReviewerRole.REVIEWER, Scope(None, ("lease",))),
}
"""Who may sign in, all with `PASSWORD`."""
EXCERPT = "The Tenant pays a monthly rent of EUR 4,200.00, plus VAT."
LEASE = (
    "OFFICE LEASE\n1. Rent\n"
    + EXCERPT
    + "\n2. Term\nThe lease ends on 31 May 2031. It may be extended once.\n"
)


def schema(name: str, title: str = "Monthly rent", cardinality: Cardinality = Cardinality.MANY) -> Schema:
    """A schema of one field."""
    about = "The rent for one month, without service charges."
    wanted = SchemaField(
        name="monthly_rent",
        title=title,
        description=about,
        type=FieldType.MONEY,
        cardinality=cardinality,
    )
    return Schema(name=name, title="Office lease", fields=(wanted,))


def evidence(seen: Reading, key: str, schema_: Schema, data: bytes = b"") -> StoredEvidence:
    """What is stored of a done run over a reading, without rounds."""
    number = hashlib.sha256(key.encode()).hexdigest()
    run_id = RunId(f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:32]}")
    end = seen.pages[0].end if seen.pages else len(seen.text)
    run_input = RunInput(seen, (body_chunk(seen.text[:end]),), schema_)
    run = StoredRun(run_id, "done", run_input, 3, (), (), ())
    head = RunHead("", 1, "generator/1", "critic/1", None, AT, AT, None, ())
    document_id = DocumentId(hashlib.sha256(data or seen.text.encode()).hexdigest())
    return StoredEvidence(run, head, document_id, (DocumentSource("b", key, "e", "e"),), ())


def plain_reading(text: str, reader: str = trails.READER_VERSION) -> Reading:
    """Text of one page, a line for each of its lines."""
    from tasks.core.records import Line, LineTag, Page, ReadStatus

    lines, at = [], 0
    for line in text.splitlines(keepends=True):
        box = (72.0, 700.0, 300.0, 712.0)
        lines.append(Line(at, at + len(line), 1, LineTag.BODY, box, 11.0))
        at += len(line)
    page = Page(1, 0, len(text), "ok")
    return Reading(ReadStatus.OK, None, (), 1, text, (page,), tuple(lines), (), reader)


def item_over(
    stored: StoredEvidence,
    item_id: int,
    words: str,
    kind: ItemKind = ItemKind.VALUE,
    *,
    offset: int = 0,
    **changes: Any,
) -> ReviewItem:
    """An item over words of a document."""
    reading = stored.run.run_input.reading
    start = reading.text.index(words, offset) if words else 0
    spans = ((start, start + len(words)),) if words else ()
    pages = tuple(page.page_number for page in reading.pages if page.start <= start < page.end)
    reasons = {ItemKind.VALUE: "doubtful", ItemKind.PASSAGE: "overlooked", ItemKind.LOST: "lost"}
    made = ReviewItem(
        item_id=item_id,
        run_id=stored.run.run_id,
        document_id=stored.document_id,
        document=stored.key,
        schema_name=stored.run.run_input.schema.name,
        field=stored.run.run_input.schema.fields[0].name,
        kind=kind,
        status="unsettled" if kind is ItemKind.VALUE else None,
        value=words if kind is ItemKind.VALUE else "",
        normal="EUR 4200.00" if kind is ItemKind.VALUE else None,
        quote=words,
        spans=spans,
        pages=pages,
        footnote=None,
        score=0.62,
        worth=10.0 - item_id / 10,
        reason=reasons[kind],
        is_open=True,
        claimed_by=None,
        claimed_until=None,
        seen=0,
        decision=None,
        decided_by=None,
        created_at=AT,
        extraction_id=None,
        chunk_index=0,
        has_gold=False,
    )
    return replace(made, **changes)


@dataclass
class ReviewStandIn:
    """`ReviewData` over items in memory, with the refusals of the store."""

    documents: dict[str, StoredEvidence] = field(default_factory=dict)
    items: dict[int, ReviewItem] = field(default_factory=dict)
    decided: list[StoredDecision] = field(default_factory=list)
    newer: dict[str, tuple[str, ...]] = field(default_factory=dict)
    error: CountersignError | None = None
    prepared: int = 0
    draws: Callable[[Any, int], WordSheet | None] | None = None

    def __post_init__(self) -> None:
        self.sheets = Sheets(lambda run_id: self.documents[run_id])

    def add(self, stored: StoredEvidence, *items: ReviewItem) -> None:
        self.documents[stored.run.run_id] = stored
        self.items |= {one.item_id: one for one in items}

    # ---------------------------------------------------------------- queue

    def page(self, wanted: QueueFilter, scope: Scope, after: Cursor | None) -> Sequence[ReviewItem]:
        self._check()
        found = [one for one in self.items.values() if one.is_open and _fits(one, wanted) and _in(one, scope)]
        found.sort(key=lambda one: (-one.worth, one.item_id))
        return [one for one in found if after is None or (-one.worth, one.item_id) > (-after[0], after[1])][
            :50
        ]

    def count(self, wanted: QueueFilter, scope: Scope) -> int:
        return len(
            [one for one in self.items.values() if one.is_open and _fits(one, wanted) and _in(one, scope)]
        )

    def claim_next(
        self, wanted: QueueFilter, scope: Scope, reviewer: str, skipped: Collection[int]
    ) -> ReviewItem | None:
        for one in self.page(wanted, scope, None):
            if one.claimed_by in (None, reviewer) and one.item_id not in skipped:
                return self.claim(one.item_id, scope, reviewer)
        return None

    def item(self, item_id: int, scope: Scope) -> ReviewItem:
        self._check()
        found = self.items.get(item_id)
        if found is None or not _in(found, scope):
            raise DecisionRefused(RefusalCode.NOT_FOUND)
        return found

    def claim(self, item_id: int, scope: Scope, reviewer: str) -> ReviewItem:
        found = self.item(item_id, scope)
        if not found.is_open:
            raise DecisionRefused(RefusalCode.DECIDED_MEANWHILE, by=found.decided_by)
        if found.claimed_by not in (None, reviewer):
            raise DecisionRefused(RefusalCode.CLAIMED, by=found.claimed_by)
        until = datetime.now(UTC) + timedelta(minutes=15)
        self.items[item_id] = replace(found, claimed_by=reviewer, claimed_until=until)
        return self.items[item_id]

    def release(self, item_id: int, reviewer: str) -> None:
        found = self.items.get(item_id)
        if found and found.claimed_by == reviewer:
            self.items[item_id] = replace(found, claimed_by=None, claimed_until=None)

    def history(self, item_id: int, scope: Scope) -> Sequence[StoredDecision]:
        self.item(item_id, scope)
        return [one for one in self.decided if item_id in (one.item_id, one.asked_with)]

    # ---------------------------------------------------------------- documents

    def question(self, item: ReviewItem) -> ReviewQuestion:
        return question_of(item, self.sheets.stored(RunId(item.run_id)))

    def part(self, item: ReviewItem, number: int) -> PartText | None:
        return self.sheets.part(RunId(item.run_id), number)

    def sheet(self, item: ReviewItem, number: int) -> WordSheet | None:
        return self.draws(item, number) if self.draws else self.sheets.sheet(RunId(item.run_id), number)

    def prepare(self, wanted: QueueFilter, scope: Scope, reviewer: str, skipped: Collection[int]) -> None:
        self.prepared += 1

    def selected(self, item: ReviewItem, start: int, end: int) -> tuple[Span, ...]:
        return selected(self._reading(item), start, end)

    def words_of(self, item: ReviewItem, spans: Sequence[Span]) -> str:
        return " ".join(self._reading(item).text[span.start : span.end] for span in spans)

    def _reading(self, item: ReviewItem) -> Reading:
        return self.documents[item.run_id].run.run_input.reading

    # ---------------------------------------------------------------- decisions

    def decide(self, new: NewDecision, scope: Scope, reviewer: str) -> int:
        found = self.item(new.item_id, scope)
        if not found.is_open or found.seen != new.seen:
            raise DecisionRefused(RefusalCode.DECIDED_MEANWHILE, by=found.decided_by)
        if found.claimed_by not in (None, reviewer):
            raise DecisionRefused(RefusalCode.CLAIMED, by=found.claimed_by)
        wanted = self.documents[found.run_id].run.run_input.schema.field(found.field)
        if new.also and not wanted.has_many:
            raise DecisionRefused(RefusalCode.ONE_VALUE)
        review_id = len(self.decided) + 1
        value = self.words_of(found, [Span(*span) for span in new.spans]) or None
        self.decided.append(_stored(review_id, found, new.decision, value, new.spans, reviewer, new.reason))
        for spans in new.also:
            words = self.words_of(found, [Span(*span) for span in spans])
            row = _stored(
                len(self.decided) + 1, found, ReviewDecision.CORRECTED, words, spans, reviewer, new.reason
            )
            self.decided.append(replace(row, item_id=None, asked_with=found.item_id))
        self.items[new.item_id] = replace(
            found,
            is_open=False,
            decision=new.decision,
            decided_by=reviewer,
            seen=review_id,
            claimed_by=None,
        )
        return review_id

    def withdraw(self, review_id: int, scope: Scope, reviewer: str, is_admin: bool) -> int:
        found = next((one for one in self.decided if one.review_id == review_id), None)
        if found is None:
            raise DecisionRefused(RefusalCode.NOT_FOUND)
        if found.reviewer != reviewer and not is_admin:
            raise DecisionRefused(RefusalCode.NOT_YOURS, by=found.reviewer)
        if any(one.withdraws == review_id for one in self.decided):
            raise DecisionRefused(RefusalCode.NOTHING_TO_WITHDRAW)
        number = len(self.decided) + 1
        assert found.item_id is not None
        item = self.item(found.item_id, scope)
        row = _stored(number, item, ReviewDecision.WITHDRAWN, None, (), reviewer, "")
        self.decided.append(replace(row, withdraws=review_id))
        self.items[item.item_id] = replace(item, is_open=True, decision=None, decided_by=None, seen=number)
        return number

    def sees_run(self, run_id: str, scope: Scope) -> bool:
        self._check()
        return any(one.run_id == run_id and _in(one, scope) for one in self.items.values())

    def newer_runs(self, item: ReviewItem) -> Sequence[str]:
        return self.newer.get(item.run_id, ())

    def schemas(self, scope: Scope) -> Sequence[str]:
        return sorted({one.schema_name for one in self.items.values() if _in(one, scope)})

    def field_type(self, item: ReviewItem) -> FieldType:
        return self.documents[item.run_id].run.run_input.schema.field(item.field).value_type

    def _check(self) -> None:
        if self.error:
            raise self.error


def _stored(
    review_id: int,
    item: ReviewItem,
    decision: ReviewDecision,
    value: str | None,
    spans: tuple[tuple[int, int], ...],
    reviewer: str,
    reason: str,
) -> StoredDecision:
    return StoredDecision(
        review_id=review_id, run_id=item.run_id, item_id=item.item_id, extraction_id=None, decision=decision,
        value=value, normal=_form(value), quote=value, spans=spans, reviewer=reviewer, reason=reason, via=Via.PAGE,
        at=AT, holds=True, withdraws=None, carried_from=None,
    )  # fmt: skip


def _form(value: str | None) -> str | None:
    """A normal form of whatever has a figure."""
    return value if value and any(map(str.isdigit, value)) else None


def _in(item: ReviewItem, scope: Scope) -> bool:
    is_seen = scope.prefixes is None or item.document.startswith(scope.prefixes)
    return is_seen and (scope.schemas is None or item.schema_name in scope.schemas)


def _fits(item: ReviewItem, wanted: QueueFilter) -> bool:
    pairs = (
        (wanted.schema_name, item.schema_name),
        (wanted.field, item.field),
        (wanted.reason, item.reason),
        (wanted.kind, item.kind),
    )
    names = (item.document, item.document.rpartition("/")[2], item.document_id)
    return all(one in (None, other) for one, other in pairs) and wanted.document in (None, *names)


# ---------------------------------------------------------------- people and browsers


def reviewers_in(folder: Path) -> Reviewers:
    """The file of `PEOPLE`, with hashes that cost nothing."""
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)).hash(PASSWORD)
    people = Reviewers(folder / "reviewers.toml")
    lines = []
    for name, (role, scope) in PEOPLE.items():
        lines += ["[[reviewer]]", f'name = "{name}"', f'role = "{role.value}"', f"password = '{cheap}'"]
        lines += [f"prefixes = {list(scope.prefixes)}"] if scope.prefixes else []
        lines += [f"schemas = {list(scope.schemas)}"] if scope.schemas else []
    people.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return people


def sign_in_of(people: Reviewers, root_path: str = "", **settings: Any) -> SignIn:
    given = {"session_key_file": people.path.with_name("session.key"), **settings}
    return sign_in_for(people, SignInSettings.model_validate(given), root_path)


def filled() -> ReviewStandIn:
    """Two documents in two matters, with an item of each kind."""
    review = ReviewStandIn()
    lease = evidence(plain_reading(LEASE), "deals/lease.txt", schema("lease"))
    other = evidence(plain_reading(LEASE.replace("4,200.00", "9,900.00")), "other/rent.txt", schema("rents"))
    review.add(
        lease,
        item_over(lease, 1, "EUR 4,200.00"),
        item_over(lease, 2, "The lease ends on 31 May 2031. It may be extended once.", ItemKind.PASSAGE),
        item_over(lease, 3, "", ItemKind.LOST, quote="EUR 4,000", has_gold=True),
    )
    review.add(other, item_over(other, 4, "EUR 9,900.00", has_gold=True))
    return review


class ReviewBrowser:
    """A browser without a screen: keeps cookies, sends forms with their token."""

    def __init__(self, app: FastAPI, host: str = "127.0.0.1:8710", root: str = "") -> None:
        self.app, self.host, self.root = app, host, root
        self.cookies = httpx.Cookies()
        self.last: httpx.Response | None = None

    def request(
        self, method: str, path: str, data: dict[str, str] | None = None, **headers: str
    ) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            base = f"http://{self.host}"
            async with httpx.AsyncClient(transport=transport, base_url=base, cookies=self.cookies) as client:
                answer = await client.request(method, path, data=data, headers={"host": self.host} | headers)
                self.cookies = client.cookies
                return answer

        self.last = asyncio.run(send())
        return self.last

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.request("GET", path, **headers)

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self.request("POST", path, fields)

    def follow(self, answer: httpx.Response) -> httpx.Response:
        while answer.status_code == 303:
            answer = self.get(answer.headers["location"])
        return answer

    def token(self, path: str) -> str:
        """Of the forms on a page."""
        return self.token_in(self.get(path).text)

    @staticmethod
    def token_in(html: str) -> str:
        found = re.findall(r'name="token" value="([^"]+)"', html)
        assert found, "the page has a form with a token"
        return found[-1]  # the first may be that to sign out

    def sign_in(self, name: str, password: str = PASSWORD, target: str = "/review") -> httpx.Response:
        token = self.token(f"{self.root}/sign-in")
        return self.post(f"{self.root}/sign-in", token=token, name=name, password=password, next=target)

    def act(self, item_id: int, action: str, **fields: str) -> httpx.Response:
        """Press a button of an item's page."""
        path = f"{self.root}/review/items/{item_id}"
        html = self.get(path).text
        seen = re.search(r'name="seen" value="(\d+)"', html)
        given = {"token": self.token_in(html), "seen": seen[1] if seen else "0", "action": action}
        return self.post(path, **{**given, **fields})


def review_app(
    review: ReviewStandIn, people: Reviewers, root_path: str = "", hosts: Sequence[str] = (), **settings: Any
) -> FastAPI:
    sign_in = sign_in_of(people, root_path, **settings)
    return create_app(StandIn("investment"), hosts=hosts, root_path=root_path, review=(review, sign_in))
