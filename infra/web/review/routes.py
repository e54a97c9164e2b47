"""The pages of the review. Every one asks the store within the scope of who looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from infra.web.data import BoardData
from infra.web.forms import SentForm, read_form
from infra.web.pages import PageContext, context_of, error_page, page
from infra.web.review.data import CLAIM_MINUTES, MAX_COUNT, PAGE_ITEMS, DataInScope, ReviewData
from infra.web.review.entered import decision_of, entered, further, missing_form, typed_form
from infra.web.review.item_view import TypedForm, decided_where, item_view, sheet_data
from infra.web.review.queue_filter import REASONS, QueueQuery, cursor_text, queue_query
from infra.web.security import POLICY
from infra.web.sign_in.door import path_of, visitor_of
from infra.web.sign_in.sessions import Sessions, Visitor
from tasks.core.review.records import (
    MAX_REASON_CHARS,
    DecisionRefused,
    ItemKind,
    RefusalCode,
    ReviewDecision,
    ReviewItem,
)

METHODS = ["GET", "HEAD"]
SCRIPT_POLICY = f"{POLICY}; script-src 'self'; connect-src 'self'"
"""Of an item's page: the one script is ours, and asks this server only."""
_MAX_ID = 2**63 - 1


@dataclass(frozen=True)
class Review:
    """What the pages of the review work with."""

    data: ReviewData
    boards: BoardData
    sessions: Sessions


class NotYourSession(Exception):
    """A form without the token of this session: it is shown again, and the person presses once more."""


def add_review(app: FastAPI, review: Review) -> None:
    """Add the routes of the review."""
    _add_queue(app, review)
    _add_item(app, review)
    _add_claim(app, review)
    _add_sheets(app, review)


# ---------------------------------------------------------------- the queue


def _add_queue(app: FastAPI, review: Review) -> None:
    @app.api_route("/review", methods=METHODS, name="review")
    def queue(request: Request) -> Response:
        visitor = _visitor(request)
        context = context_of(request)
        query = queue_query(request.query_params)
        scope = visitor.reviewer.scope
        seen = review.boards if visitor.sees_all else DataInScope(review.boards, review.data, scope)
        items = review.data.page(query.wanted, scope, query.after)
        last = items[-1] if len(items) >= PAGE_ITEMS else None
        return page(
            context,
            "review_queue.html.j2",
            items=items,
            count=review.data.count(query.wanted, scope),
            max_count=MAX_COUNT,
            query=query,
            reasons=REASONS,
            kinds=list(ItemKind),
            schemas=seen.choices("schema_name", ""),
            fields=seen.choices("field", query.given.get("schema", "")),
            more=_link(context, "review", {**query.given, "after": cursor_text((last.worth, last.item_id))})
            if last
            else "",
            notice=visitor.memory.said(),
            item_link=lambda item: _item_link(context, item.item_id, query.given),
        )

    @app.post("/review", name="start")
    def start(request: Request, form: Annotated[SentForm, Depends(read_form)]) -> Response:
        visitor = _visitor(request)
        if not review.sessions.is_token(form.get("token", ""), visitor.session_id):
            return error_page(request, 403, review.sessions.why_refused(form.get("token", "")))
        if not visitor.reviewer.role.may_decide:
            return error_page(request, 403, "role")
        visitor.memory.skipped.clear()
        return _next(request, review, visitor, queue_query(request.query_params))


def _next(request: Request, review: Review, visitor: Visitor, query: QueueQuery) -> Response:
    """To the best item that is free; it is claimed."""
    reviewer, context = visitor.reviewer, context_of(request, is_lenient=True)
    item = review.data.claim_next(query.wanted, reviewer.scope, reviewer.name, visitor.memory.skipped)
    if item is None:
        visitor.memory.notice = visitor.memory.notice or ("skipped" if visitor.memory.skipped else "done")
        return RedirectResponse(_link(context, "review", query.given), 303)
    return RedirectResponse(_item_link(context, item.item_id, query.given), 303)


# ---------------------------------------------------------------- an item


def _add_item(app: FastAPI, review: Review) -> None:
    @app.api_route("/review/items/{item_id}", methods=METHODS, name="item")
    def item(request: Request, item_id: str) -> Response:
        visitor = _visitor(request)
        number = _id(item_id)
        kept = visitor.memory.kept.pop(path_of(request.scope), None)
        typed = None if kept is None else typed_form(review.data, visitor, number, SentForm(kept))
        notice = visitor.memory.said() or ("kept" if kept else "")
        return _item_page(request, review, number, typed, notice=notice)

    @app.post("/review/items/{item_id}", name="decide")
    def decide(request: Request, item_id: str, form: Annotated[SentForm, Depends(read_form)]) -> Response:
        visitor, number = _visitor(request), _id(item_id)
        try:
            if not review.sessions.is_token(form.get("token", ""), visitor.session_id):
                raise NotYourSession
            return _acted(request, review, visitor, number, form)
        except NotYourSession:
            return _again(
                request, review, number, form, 403, review.sessions.why_refused(form.get("token", ""))
            )
        except DecisionRefused as refusal:
            if refusal.code is RefusalCode.NOT_FOUND:
                return error_page(request, 404, "no_item")
            by, newer = refusal.by or "?", refusal.newer_run or ""
            return _again(request, review, number, form, 409, refusal.code.value, by=by, newer=newer)


def _add_claim(app: FastAPI, review: Review) -> None:
    @app.post("/review/items/{item_id}/claim", name="claim")
    def claim(request: Request, item_id: str, form: Annotated[SentForm, Depends(read_form)]) -> Response:
        """The page is open and in sight: the claim of who decides lasts on. It keeps no session alive."""
        visitor, context = _visitor(request), context_of(request, is_lenient=True)
        if not review.sessions.is_token(form.get("token", ""), visitor.session_id):
            why = review.sessions.why_refused(form.get("token", ""))
            return JSONResponse({"reason": context.words(f"notice.{why}")}, 403)
        if not visitor.reviewer.role.may_decide:
            return JSONResponse({"reason": context.words("notice.role")}, 403)
        try:
            item = review.data.item(_id(item_id), visitor.reviewer.scope)
            if item.is_open:
                review.data.claim(item.item_id, visitor.reviewer.scope, visitor.reviewer.name)
        except DecisionRefused as refusal:
            if refusal.code is RefusalCode.NOT_FOUND:
                return JSONResponse({"reason": context.words("error.no_item")}, 404)
            return JSONResponse({"reason": context.words("item.claimed", by=refusal.by or "?")}, 409)
        if not item.is_open:
            return JSONResponse({"reason": context.words("item.changed")}, 409)
        return Response(status_code=204)


def _acted(request: Request, review: Review, visitor: Visitor, item_id: int, form: SentForm) -> Response:
    """Do what a button says, and go on to what comes next."""
    reviewer, action = visitor.reviewer, form.get("action", "")
    if not reviewer.role.may_decide:
        return _again(request, review, item_id, form, 403, "role")
    query = queue_query(request.query_params)
    if action in ("skip", "leave"):
        review.data.release(item_id, reviewer.name)
        if action == "leave":
            return RedirectResponse(_link(context_of(request, True), "review", query.given), 303)
        visitor.memory.skip(item_id)
        return _next(request, review, visitor, query)
    if action == "undo" or action.startswith("withdraw-"):
        return _withdrawn(request, review, visitor, item_id, action)
    new = decision_of(review.data, visitor, item_id, action, form)
    if new is None:
        why = "no_words" if action == "corrected" or further(form) else "no_action"
        return _again(request, review, item_id, form, 400, why)
    review_id = review.data.decide(new, reviewer.scope, reviewer.name)
    visitor.memory.decide(review_id, item_id, new.decision.value)
    if new.decision is ReviewDecision.CORRECTED or new.also:
        visitor.memory.notice = missing_form(review.data, visitor, item_id, review_id)
    return _next(request, review, visitor, query)


def _withdrawn(request: Request, review: Review, visitor: Visitor, item_id: int, action: str) -> Response:
    """Take back the last decision of the session, or one that the history names: as a new row."""
    context, memory = context_of(request, is_lenient=True), visitor.memory
    if action == "undo":
        if not memory.decided:
            memory.notice = "nothing_to_undo"
            return RedirectResponse(_item_link(context, item_id, dict(request.query_params)), 303)
        review_id, item_id, _ = memory.decided[-1]
    else:
        review_id = _id(action.removeprefix("withdraw-"))
    reviewer = visitor.reviewer
    history = review.data.history(item_id, reviewer.scope)
    review.data.withdraw(review_id, reviewer.scope, reviewer.name, reviewer.role.may_administer)
    memory.decided = [one for one in memory.decided if one[0] != review_id]
    memory.notice = "withdrawn"
    withdrawn = next((one for one in history if one.review_id == review_id), None)
    if withdrawn is not None:
        path = request.app.router.url_path_for("item", item_id=str(item_id))
        memory.kept[path] = entered(withdrawn, history)
    return RedirectResponse(_item_link(context, item_id, queue_query(request.query_params).given), 303)


def _again(
    request: Request, review: Review, item_id: int, form: SentForm, status: int, notice: str, **values: str
) -> Response:
    """The item's page with what was entered, and why nothing was stored."""
    typed = typed_form(review.data, _visitor(request), item_id, form)
    return _item_page(request, review, item_id, typed, status, notice, **values)


def _item_page(
    request: Request,
    review: Review,
    item_id: int,
    typed: TypedForm | None = None,
    status: int = 200,
    notice: str = "",
    **values: str,
) -> HTMLResponse:
    visitor, context = _visitor(request), context_of(request, is_lenient=True)
    query = queue_query(request.query_params)
    try:
        item = _claimed(review, visitor, item_id)
        history = review.data.history(item_id, visitor.reviewer.scope)
    except DecisionRefused:
        return error_page(request, 404, "no_item")
    question = review.data.question(item)
    newer_runs = review.data.newer_runs(item)
    view = item_view(item, question, history, visitor, context.words, typed, newer_runs)
    number = _number(request.query_params.get("part", "")) or question.first_part
    text = review.data.part(item, number) or review.data.part(item, question.first_part)
    if view.state == "open":
        skipped = {*visitor.memory.skipped, item_id}
        review.data.prepare(query.wanted, visitor.reviewer.scope, visitor.reviewer.name, skipped)
    last = visitor.memory.decided[-1] if visitor.memory.decided else None
    answer = page(
        context,
        "review_item.html.j2",
        status,
        view=view,
        decided_where=decided_where,
        text=text,
        notice=context.words(f"notice.{notice}", **values) if notice else "",
        newer=values.get("newer", ""),
        query=query,
        last=last,
        action=_item_link(context, item_id, query.given),
        part_link=lambda n: _link(context, "item", {**query.given, "part": str(n)}, item_id=str(item_id)),
        queue_link=_link(context, "review", query.given),
        marks=_marks(view.item, view.question),
        claim_link=_link(context, "claim", {}, item_id=str(item_id)),
        claim_minutes=CLAIM_MINUTES,
        max_reason=MAX_REASON_CHARS,
    )
    answer.headers["Content-Security-Policy"] = SCRIPT_POLICY
    return answer


def _claimed(review: Review, visitor: Visitor, item_id: int) -> ReviewItem:
    """The item, claimed if the person may decide it and nobody else has it."""
    reviewer = visitor.reviewer
    item = review.data.item(item_id, reviewer.scope)
    if not (item.is_open and reviewer.role.may_decide and item.claimed_by in (None, reviewer.name)):
        return item
    try:
        return review.data.claim(item_id, reviewer.scope, reviewer.name)
    except DecisionRefused as refusal:
        if refusal.code is RefusalCode.NOT_FOUND:
            raise
        return review.data.item(item_id, reviewer.scope)


def _marks(item: ReviewItem, question: object) -> Mapping[str, list[list[int]]]:
    """What is marked on the pages, for the script: ranges of the document text."""
    note = getattr(question, "note", None)
    is_passage = item.kind is ItemKind.PASSAGE
    return {
        "value": [list(span) for span in item.spans if not is_passage],
        "passage": [list(span) for span in item.spans if is_passage],
        "other": [list(span) for other in item.others for span in other.spans],
        "note": [[span.start, span.end] for span in note.spans] if note else [],
        "cite": [[span.start, span.end] for span in note.cited] if note else [],
    }


# ---------------------------------------------------------------- pages of the document


def _add_sheets(app: FastAPI, review: Review) -> None:
    @app.api_route("/review/items/{item_id}/parts/{number}", methods=METHODS, name="part")
    def part(request: Request, item_id: str, number: str) -> Response:
        visitor, context = _visitor(request), context_of(request, is_lenient=True)
        try:
            item = review.data.item(_id(item_id), visitor.reviewer.scope)
        except DecisionRefused:
            return JSONResponse({"reason": context.words("error.no_item")}, 404)
        sheet = review.data.sheet(item, _number(number))
        if sheet is None:
            return JSONResponse({"reason": context.words("error.no_page")}, 404)
        picture = _link(context, "picture", {}, item_id=item_id, number=number)
        n_parts = len(review.data.question(item).parts)
        return JSONResponse(sheet_data(sheet, n_parts, picture, context.words))

    @app.api_route("/review/items/{item_id}/parts/{number}/picture", methods=METHODS, name="picture")
    def picture(request: Request, item_id: str, number: str) -> Response:
        visitor = _visitor(request)
        try:
            item = review.data.item(_id(item_id), visitor.reviewer.scope)
        except DecisionRefused:
            return error_page(request, 404, "no_item")
        sheet = review.data.sheet(item, _number(number))
        if sheet is None or sheet.picture is None:
            return error_page(request, 404, "no_page")
        return Response(sheet.picture.data, media_type=sheet.picture.media_type)


# ---------------------------------------------------------------- addresses


def _visitor(request: Request) -> Visitor:
    visitor = visitor_of(request)
    assert visitor is not None, "the door lets nobody else through"
    return visitor


def _id(text: str) -> int:
    """A number of the store; one that no row has, if it is none."""
    found = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else -1
    return found if found <= _MAX_ID else -1


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


def _link(context: PageContext, route: str, query: Mapping[str, str], **in_path: str) -> str:
    path = context.request.app.router.url_path_for(route, **in_path)
    root = context.request.scope.get("root_path", "").rstrip("/")
    given = {**query, **{name: value for name, value in context.kept.items() if name == "lang"}}
    return f"{root}{path}" + (f"?{urlencode(given)}" if given else "")


def _item_link(context: PageContext, item_id: int, query: Mapping[str, str]) -> str:
    return _link(context, "item", query, item_id=str(item_id))
