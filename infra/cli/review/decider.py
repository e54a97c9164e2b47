"""Who decides at the command line, or by a sheet: the shell is trusted, and the trail says who used it."""

from __future__ import annotations

import getpass
from dataclasses import dataclass

from infra.reviewers import MAX_NAME_CHARS, Reviewers, is_name
from tasks.core.errors import ConfigurationError
from tasks.core.review.records import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class Decider:
    name: str
    scope: Scope = EVERYTHING
    """What the person may see and decide."""
    by_user: str = ""
    """The user of the operating system, if it has another name."""


def decider_called(name: str | None) -> Decider:
    """Who decides; None: the user of the operating system.

    The role and the limits of the file of reviewers hold. Without such a file any name is taken.

    Raises:
        ConfigurationError: this person may not decide, or nobody is named and this machine does not
            know the user's name.
    """
    user = _user()
    who = user if name is None else name
    if who is None:
        raise ConfigurationError("this machine does not know your name: say it with --as NAME.")
    if not is_name(who):
        raise ConfigurationError(
            "--as: a name has 1 to 100 characters that can be printed, without blanks at its ends."
        )
    by_user = "" if user is None or user == who else user[:MAX_NAME_CHARS]
    known = Reviewers()
    person = known.named(who)
    if person is not None:
        if not person.role.may_decide:
            raise ConfigurationError(
                f"{who} is a reader and may not decide. `countersign review users role {who} reviewer` changes that. "
                "Nothing was stored."
            )
        return Decider(who, person.scope, by_user)
    if user != who and known.path.exists():
        raise ConfigurationError(
            f"nobody of the name {who} may review: countersign review users add {who}. Nothing was stored."
        )
    return Decider(who, by_user=by_user)


def _user() -> str | None:
    """The user of the operating system; None: this machine does not know the name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None
