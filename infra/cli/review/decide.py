"""`countersign review decide` and `withdraw`: one decision, and its undoing, which is a decision of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli import EXIT_FAILED
from infra.cli.console import print_plain, progress_console, result_console
from infra.cli.review.answer import DECISIONS, WORDS_OF, GivenAnswer, NotUnderstood, understood, warning_of
from infra.cli.review.decider import Decider, decider_called
from infra.cli.review.items import Item, history_line, pages_around
from tasks.core.review.records import EVERYTHING, NewDecision, ReviewItem, Via
from tasks.core.text.display import one_line

if TYPE_CHECKING:
    from tasks.postgres.store import Store

Reviewer = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        help="Whose decision it is; default: the user of this machine who runs the command.",
    ),
]
WHY = Annotated[str, typer.Option("--reason", metavar="WHY", help="Why, in your words; the trail keeps it.")]
_CALLED = tuple(words.replace(" ", "-") for words in DECISIONS)


def decide(
    item: Item,
    decision: Annotated[str, typer.Argument(metavar="|".join(_CALLED), help="What you decide about it.")],
    words: Annotated[
        str,
        typer.Option(
            "--words",
            metavar="START-END",
            help="Of `corrected`: the right words, as characters of the document text.",
        ),
    ] = "",
    quote: Annotated[
        str,
        typer.Option(
            "--quote",
            metavar="WORDS",
            help="Of `corrected`: the right words, as they stand on the page near the question.",
        ),
    ] = "",
    also: Annotated[
        list[str] | None,
        typer.Option(
            "--also",
            metavar="WORDS",
            help="Of `right` and `corrected`: words of a further value of the field, as --quote. May be repeated.",
        ),
    ] = None,
    reason: WHY = "",
    again: Annotated[
        bool, typer.Option("--again", help="Also if it is decided already: the newest decision holds.")
    ] = False,
    reviewer: Reviewer = None,
) -> None:
    """Decide one question. The right words are found on the page, never typed: the stored quote is the page's."""
    if words and quote:
        raise typer.BadParameter("give the right words once", param_hint="--words, --quote")
    who = decider_called(reviewer)
    from infra.cli.database import open_store

    with open_store() as store:
        asked = store.review_queue.item(item, who.scope)
        try:
            if asked.decision is not None and not again:
                raise NotUnderstood(f"it is decided already: {_standing(store, asked)}; --again decides anew")
            new = understood(
                GivenAnswer(decision, quote, words, reason, _CALLED, also or ()),
                asked,
                asked.seen,
                pages_around(store, item),
            )
        except NotUnderstood as error:
            print_plain(
                progress_console(),
                f"Nothing was stored: {error}.",
                f"See the page: countersign review show {item}",
            )
            raise typer.Exit(EXIT_FAILED) from None
        number = store.decisions.decide(new, who.scope, who.name, Via.COMMAND, who.by_user)
        warning = warning_of(store.decisions.type_without_form(number))
    if warning:
        print_plain(progress_console(), f"Warning: {warning}.")
    print_plain(
        result_console(), said(number, new, asked, who), f"Take it back: countersign review withdraw {number}"
    )


def withdraw(
    decision: Annotated[
        int, typer.Argument(metavar="DECISION", help="The decision's number, as `decide` and `show` name it.")
    ],
    reviewer: Reviewer = None,
) -> None:
    """Take a decision of yours back. It stays in the trail, with the withdrawal after it; the question is open again."""
    who = decider_called(reviewer)
    from infra.cli.database import open_store

    with open_store() as store:
        number = store.decisions.withdraw(decision, who.scope, who.name, by_user=who.by_user)
    print_plain(result_console(), f"Decision {number}: {who.name} withdrew decision {decision}.")


def _standing(store: Store, item: ReviewItem) -> str:
    """The decision that holds over a question: its number, when, who, what and why."""
    history = store.review_queue.history(item.item_id, EVERYTHING)
    held = [one for one in history if one.holds and one.run_id == item.run_id]
    return history_line(held[-1]) if held else f"{item.decided_by}"


def said(number: int, new: NewDecision, item: ReviewItem, who: Decider) -> str:
    """One line for the person who decided."""
    about = f"item {item.item_id} ({item.field}, {one_line(item.document, 60)})"
    n_also = len(new.also)
    further = f", with {n_also} further {'value' if n_also == 1 else 'values'}" if n_also else ""
    return f"Decision {number}: {who.name} said {WORDS_OF[new.decision]} of {about}{further}."
