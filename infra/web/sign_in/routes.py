"""The pages to sign in and out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from infra.reviewers import Reviewer, Reviewers
from infra.web.forms import SentForm, read_form, without
from infra.web.pages import context_of, error_page, page
from infra.web.parameters import BadParameter
from infra.web.sign_in.attempts import SignInAttempts, address_of_visitor
from infra.web.sign_in.door import Cookies, cookies_of, path_of, safe_target, visitor_of
from infra.web.sign_in.oidc import STATE_COOKIE, STATE_S, OpenIdProvider, ProviderFailed
from infra.web.sign_in.sessions import FORM_COOKIE, SESSION_COOKIE, SessionEnd, Sessions
from infra.web.sign_in.settings import SignInSettings, session_key

_FORM_S = 3600
_MAX_NAME, _MAX_PASSWORD, _MAX_KEPT = 100, 1024, 60_000


@dataclass(frozen=True)
class SignIn:
    """What the pages of the sign-in work with."""

    sessions: Sessions
    cookies: Cookies
    settings: SignInSettings
    attempts: SignInAttempts
    provider: OpenIdProvider | None

    def page(
        self,
        request: Request,
        status: int = 200,
        why: str = "",
        target: str = "/",
        kept: str = "",
        name: str = "",
        **values: object,
    ) -> HTMLResponse:
        """The page to sign in.

        Args:
            why: A name in the table `sign_in` of the words: what has to be said first.
            kept: A form that is carried through, signed.
        """
        context = context_of(request, is_lenient=True)
        browser = request.cookies.get(FORM_COOKIE, "") or secrets.token_urlsafe(16)
        form = self.sessions.kept(kept) if kept else None
        answer = page(
            context,
            "sign_in.html.j2",
            status,
            why=context.words(f"sign_in.{why}", **values) if why else "",
            token=self.sessions.token(browser),
            target=target,
            carried=kept if form else "",
            kept_reason=form[1].get("reason", "") if form else "",
            typed_name=name,
            has_provider=self.provider is not None,
        )
        self.cookies.set(answer, FORM_COOKIE, browser, _FORM_S)
        return answer

    async def with_form_kept(self, request: Request, end: SessionEnd | None) -> Response:
        """The answer to a form of somebody who is not signed in (any more): sign in, the form is kept."""
        path = path_of(request.scope)
        try:
            form = await read_form(request)
        except BadParameter as error:
            return error_page(request, 400, error.reason, **error.values)
        query = request.url.query
        target = safe_target(path + (f"?{query}" if query else ""))
        kept = self.sessions.keep(target, without(form, "token"), end.name if end else "")
        return self.page(request, 401, end.reason if end else "needed", target, kept)

    def let_in(self, reviewer: Reviewer, target: str, kept: str, root: str) -> Response:
        """Begin a session; a form that came too late waits for the person whose it is."""
        cookie, memory = self.sessions.begin(reviewer)
        form = self.sessions.kept(kept) if kept else None
        if form is not None and form[2] in ("", reviewer.name):
            memory.kept[form[0].partition("?")[0]] = form[1]
            target = form[0]
        answer = RedirectResponse(f"{root}{safe_target(target)}", 303)
        self.cookies.set(answer, SESSION_COOKIE, cookie)
        self.cookies.remove(answer, FORM_COOKIE)
        return answer


def sign_in_for(reviewers: Reviewers, settings: SignInSettings, root_path: str) -> SignIn:
    """The sign-in of an application.

    Raises:
        ConfigurationError: a setting is missing, or a file with a secret cannot be used.
    """
    client = settings.client
    if client is not None:
        _ = client.secret  # says now what is wrong with its file
    return SignIn(
        Sessions(reviewers, settings, session_key(settings.key_file)),
        cookies_of(root_path, settings),
        settings,
        SignInAttempts(reviewers),
        OpenIdProvider(client) if client else None,
    )


def add_sign_in(app: FastAPI, sign_in: SignIn) -> None:
    """Add the routes of the sign-in."""
    _add_password(app, sign_in)
    _add_sign_out(app, sign_in)
    if sign_in.provider is not None:
        _add_provider(app, sign_in, sign_in.provider)


def _add_password(app: FastAPI, sign_in: SignIn) -> None:
    @app.api_route("/sign-in", methods=["GET", "HEAD"], name="sign_in")
    def shown(request: Request) -> Response:
        target = safe_target(request.query_params.get("next", "/"))
        why = request.query_params.get("why", "")
        return sign_in.page(request, why=why if why in ("expired", "ended", "gone") else "", target=target)

    @app.post("/sign-in", name="send_sign_in")
    def sent(request: Request, form: Annotated[SentForm, Depends(read_form)]) -> Response:
        name, target, kept = form.text("name", _MAX_NAME), form.get("next", "/"), form.text("kept", _MAX_KEPT)
        again = {"target": safe_target(target), "kept": kept, "name": name}
        if not sign_in.sessions.is_token(form.get("token", ""), request.cookies.get(FORM_COOKIE, "")):
            return sign_in.page(request, 403, "again", **again)
        address = address_of_visitor(request, sign_in.settings.web_proxies)
        if wait_s := sign_in.attempts.wait_s(name, address):
            answer = sign_in.page(request, 429, "too_many", minutes=-(-wait_s // 60), **again)
            answer.headers["Retry-After"] = str(wait_s)
            return answer
        # As typed, blanks included; what is too long is wrong.
        reviewer = sign_in.attempts.signed_in(name, form.get("password", "")[: _MAX_PASSWORD + 1], address)
        if reviewer is None:
            return sign_in.page(request, 401, "wrong", **again)
        return sign_in.let_in(reviewer, target, kept, request.scope.get("root_path", ""))


def _add_sign_out(app: FastAPI, sign_in: SignIn) -> None:
    @app.post("/sign-out", name="sign_out")
    def sign_out(request: Request, form: Annotated[SentForm, Depends(read_form)]) -> Response:
        visitor = visitor_of(request)
        if visitor is None or not sign_in.sessions.is_token(form.get("token", ""), visitor.session_id):
            return error_page(request, 403, sign_in.sessions.why_refused(form.get("token", "")))
        sign_in.sessions.end(visitor.session_id)
        answer = RedirectResponse(f"{request.scope.get('root_path', '')}/sign-in", 303)
        sign_in.cookies.remove(answer, SESSION_COOKIE)
        return answer


def _add_provider(app: FastAPI, sign_in: SignIn, provider: OpenIdProvider) -> None:
    @app.post("/sign-in/provider", name="provider")
    def begin(request: Request, form: Annotated[SentForm, Depends(read_form)]) -> Response:
        target, kept = safe_target(form.get("next", "/")), form.text("kept", _MAX_KEPT)
        if not sign_in.sessions.is_token(form.get("token", ""), request.cookies.get(FORM_COOKIE, "")):
            return sign_in.page(request, 403, "again", target=target, kept=kept)
        root = request.scope.get("root_path", "")
        base = (
            sign_in.settings.web_url.rstrip("/")
            or f"{request.base_url.scheme}://{request.base_url.netloc}{root}"
        )
        try:
            address, state = provider.begin(f"{base}/sign-in/callback", target, kept)
        except ProviderFailed as error:
            return sign_in.page(request, 503, "provider_failed", target=target, kept=kept, detail=error)
        # Not a redirect: `form-action 'self'` holds for where a form's answer leads, too.
        answer = page(context_of(request, is_lenient=True), "to_provider.html.j2", address=address)
        sign_in.cookies.set(answer, STATE_COOKIE, state, STATE_S)
        return answer

    @app.get("/sign-in/callback", name="callback")
    def back(request: Request) -> Response:
        given = request.query_params
        if given.get("error"):
            return sign_in.page(request, 401, "provider_refused")
        try:
            begun, subject = provider.end(
                given.get("state", "")[:200],
                request.cookies.get(STATE_COOKIE, ""),
                given.get("code", "")[:4096],
            )
        except ProviderFailed as error:
            return sign_in.page(request, 401, "provider_failed", detail=error)
        reviewer = sign_in.sessions.reviewers.of_subject(subject.sub, subject.email)
        if reviewer is None:
            answer = sign_in.page(
                request, 403, "nobody", target=begun.target, kept=begun.kept, subject=subject.sub
            )
        else:
            answer = sign_in.let_in(reviewer, begun.target, begun.kept, request.scope.get("root_path", ""))
        sign_in.cookies.remove(answer, STATE_COOKIE)
        return answer
