"""`countersign review users`: who may sign in to the review page, as what, and what they see."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console

from infra.cli.console import print_plain, progress_console, result_console, text_table
from infra.reviewers import Reviewer, ReviewerRole, Reviewers, hashed, is_name, new_token, token_hash
from tasks.core.errors import ConfigurationError
from tasks.core.review.records import Scope

_ALL = "all"

app = typer.Typer(
    help="Say who may sign in to the review page, as what, and which documents they see. Changes hold at once.",
    no_args_is_help=True,
)
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The person's name: the trail has it with every decision.")
]
Prefixes = Annotated[
    list[str] | None,
    typer.Option(
        "--prefix", metavar="P", help="Only documents whose key begins with this; repeat it for several."
    ),
]
Schemas = Annotated[
    list[str] | None,
    typer.Option("--schema", metavar="S", help="Only values of this schema; repeat it for several."),
]
Subject = Annotated[
    str | None,
    typer.Option(metavar="SUB", help="Who the person is for your OpenID provider: `sub`, or an e-mail."),
]
Days = Annotated[
    int,
    typer.Option("--days", min=0, max=3650, help="The token ends after so many days; 0: it does not end."),
]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command()
def add(
    name: Name,
    role: Annotated[
        ReviewerRole,
        typer.Option(help="reader: sees; reviewer and admin: decide, too."),
    ] = ReviewerRole.REVIEWER,
    prefix: Prefixes = None,
    schema: Schemas = None,
    subject: Subject = None,
    password_stdin: FromStdin = False,
) -> None:
    """Add a person. The password is asked for; with --subject the person signs in at your OpenID provider instead. Machines: `machine`."""
    known = _without(name)
    stored = "" if subject and not password_stdin else hashed(_asked(name, password_stdin))
    person = Reviewer(name, role, Scope(_limits(prefix), _limits(schema)), stored, subject or "")
    known.add(person)
    _say(person, known)


@app.command()
def machine(name: Name, prefix: Prefixes = None, schema: Schemas = None, days: Days = 365) -> None:
    """Add a program that reads the HTTP interface. Its token is printed once; it has no password and may not decide."""
    known = _without(name)
    token = new_token()
    limits = Scope(_limits(prefix), _limits(schema))
    made = Reviewer(
        name, ReviewerRole.READER, limits, token_hash=token_hash(token), token_until=_last_day(days)
    )
    known.add(made)
    _say(made, known, progress_console())  # standard output has the token alone
    print(token)


@app.command()
def token(
    name: Name,
    days: Days = 365,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Only end the old one.")] = False,
) -> None:
    """Make a new token for the HTTP interface; it is printed once, and the old one ends at once."""
    known = Reviewers()
    person = _known(known, name)
    if withdraw and not (person.password_hash or person.subject):
        raise ConfigurationError(
            f"`{name}` has only its token. Remove it instead: `countersign review users remove {name}`. Nothing was changed."
        )
    made = "" if withdraw else new_token()
    hash_, until = (token_hash(made), _last_day(days)) if made else ("", None)
    known.replace(replace(person, token_hash=hash_, token_until=until))
    if withdraw:
        print_plain(result_console(), f"{name} has no token any more.")
    else:
        print(made)


@app.command("list")
def show_list(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """List who may sign in. Passwords are not shown: only their hashes are stored."""
    known = Reviewers()
    people = known.all()
    if as_json:
        for person in people:
            print(json.dumps(_facts(person), ensure_ascii=False))
        return
    if not people:
        print_plain(
            result_console(),
            f"Nobody may sign in yet: {known.path} names nobody.",
            "Add a person: countersign review users add NAME",
        )
        return
    heads = ("name", "role", "signs in by", "documents", "schemas")
    rows = [
        (p.name, p.role.value, _signs_in_by(p), _shown(p.scope.prefixes), _shown(p.scope.schemas))
        for p in people
    ]
    result_console().print(text_table(heads, rows))


@app.command()
def remove(name: Name) -> None:
    """Remove a person; what the person decided stays. An open session ends with its next request."""
    known = Reviewers()
    known.remove(name)
    print_plain(result_console(), f"{name} may not sign in any more. Decisions stay.")


@app.command()
def password(name: Name, password_stdin: FromStdin = False) -> None:
    """Set a new password. It is asked for, never an argument: arguments stand in the list of processes."""
    known = Reviewers()
    person = _known(known, name)
    known.replace(replace(person, password_hash=hashed(_asked(name, password_stdin))))
    print_plain(result_console(), f"{name} has a new password.")


@app.command()
def role(
    name: Name,
    role: Annotated[ReviewerRole, typer.Argument(metavar="ROLE", help="reader, reviewer or admin.")],
    prefix: Prefixes = None,
    schema: Schemas = None,
    all_documents: Annotated[
        bool, typer.Option("--all-documents", help="No limit to prefixes any more.")
    ] = False,
    all_schemas: Annotated[bool, typer.Option("--all-schemas", help="No limit to schemas any more.")] = False,
) -> None:
    """Set what a person may do and see. Without --prefix and --schema, what the person sees stays."""
    if (prefix and all_documents) or (schema and all_schemas):
        raise typer.BadParameter("a limit and no limit at the same time", param_hint="--prefix, --schema")
    known = Reviewers()
    person = _known(known, name)
    scope = Scope(
        None if all_documents else _limits(prefix) or person.scope.prefixes,
        None if all_schemas else _limits(schema) or person.scope.schemas,
    )
    person = replace(person, role=role, scope=scope)
    known.replace(person)
    _say(person, known)


def _without(name: str) -> Reviewers:
    """The file, to which a person of this name can be added."""
    if not is_name(name):
        raise typer.BadParameter(
            "a name has 1 to 100 characters that can be printed, without blanks at its ends",
            param_hint="NAME",
        )
    known = Reviewers()
    if known.named(name):
        raise ConfigurationError(f"there is a reviewer `{name}` already. Nothing was changed.")
    return known


def _last_day(days: int) -> date | None:
    return datetime.now(UTC).date() + timedelta(days=days) if days else None


def _known(known: Reviewers, name: str) -> Reviewer:
    if person := known.named(name):
        return person
    raise ConfigurationError(
        f"there is no reviewer `{name}`. `countersign review users list` shows them. Nothing was changed."
    )


def _asked(name: str, from_stdin: bool) -> str:
    """The new password, from standard input, or twice from the terminal."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "there is no terminal to ask for the password at. Give it with --password-stdin."
        )
    return typer.prompt(f"New password of {name}", hide_input=True, confirmation_prompt="Once more", err=True)


def _limits(values: list[str] | None) -> tuple[str, ...] | None:
    return tuple(values) if values else None


def _say(person: Reviewer, known: Reviewers, where: Console | None = None) -> None:
    scope = person.scope
    sees = f"documents: {_shown(scope.prefixes)}; schemas: {_shown(scope.schemas)}"
    print_plain(where or result_console(), f"{person.name} is {person.role.value} ({sees}), by {known.path}")


def _signs_in_by(person: Reviewer) -> str:
    ways = (
        "password" if person.password_hash else "",
        f"OpenID as {person.subject}" if person.subject else "",
        f"token{f' until {person.token_until}' if person.token_until else ''}" if person.token_hash else "",
    )
    return ", ".join(way for way in ways if way)


def _shown(limits: tuple[str, ...] | None) -> str:
    return _ALL if limits is None else ", ".join(limits) or "none"


def _facts(person: Reviewer) -> dict[str, object]:
    return {
        "name": person.name,
        "role": person.role.value,
        "has_password": bool(person.password_hash),
        "subject": person.subject or None,
        "has_token": bool(person.token_hash),
        "token_until": None if person.token_until is None else person.token_until.isoformat(),
        "prefixes": person.scope.prefixes,
        "schemas": person.scope.schemas,
    }
