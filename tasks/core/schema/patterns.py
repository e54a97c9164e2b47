"""Compiles a user's regular expression and searches with it, within limits of time.

A pattern like `(a|aa)+$` tries every way to split a text, and never ends on an ordinary line. The
schema's file is refused if a pattern does so on short texts made from its own letters. Others may
show it only on a real document: such a pattern is not run again in this process, and the answer says
so. Library: `regex`, because Python's `re` cannot stop a search. Its syntax includes that of `re`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from time import thread_time

import regex

from tasks.core.schema.pattern_text import (
    ANY_BLANKS,
    ONE_BLANK,
    least_length,
    loosened,
    sample_atoms,
)

MAX_SEARCH_S = 0.2
"""Seconds of processor time for one line; a usual pattern needs less than a thousandth of this."""
_MAX_TOTAL_S, _MAX_S_PER_CHAR = 2.0, 1e-4
"""A pattern that has spent this much, and this much a character, would hold up other documents."""
_MAX_LENGTH = 20_000
_REPEATS, _MAX_ATOMS, _PROBED_TOGETHER = 36, 24, (1, 2, 4)
_PROBE_S = 0.1
_FLAGS = regex.IGNORECASE | regex.VERSION0


class TimedPattern:
    """A pattern that is not searched for again once it took too long."""

    __slots__ = ("_compiled", "_n_chars", "_spent_s", "is_slow")

    def __init__(self, source: str) -> None:
        self._compiled = regex.compile(source, _FLAGS)
        self._spent_s, self._n_chars = 0.0, 0
        self.is_slow = False

    def fullmatch(self, text: str) -> regex.Match[str] | None:
        """The match of a whole text; None also if it took too long."""
        found = self.matches(text)
        return found[0] if found and found[0].span() == (0, len(text)) else None

    def matches(self, text: str) -> Sequence[regex.Match[str]]:
        """All matches; none if this search, or one before, took too long."""
        if self.is_slow:
            return ()
        begin = thread_time()
        try:
            found = tuple(self._compiled.finditer(text, timeout=MAX_SEARCH_S))
        except TimeoutError:
            self.is_slow = True
            return ()
        self._spent_s += thread_time() - begin
        self._n_chars += len(text)
        self.is_slow = self._spent_s > max(_MAX_TOTAL_S, _MAX_S_PER_CHAR * self._n_chars)
        return found


def is_pattern(cue: str) -> bool:
    """Whether a cue is a regular expression in slashes."""
    return len(cue) > 2 and cue.startswith("/") and cue.endswith("/")


@lru_cache(1024)
def timed_pattern(text: str, is_loose: bool = True) -> TimedPattern:
    """The pattern between the slashes of a cue; the same object for the same text.

    Args:
        is_loose: Rewrite it for text that `as_typed` has folded.

    Raises:
        regex.error: it is not a valid regular expression.
    """
    return TimedPattern(_loosest(text) if is_loose else text)


@lru_cache(1024)
def pattern_problem(text: str) -> str:
    """Why the text between the slashes of a cue cannot be a pattern; empty if it can."""
    if least_length(text) > _MAX_LENGTH:
        return f"a match would have more than {_MAX_LENGTH:,} characters: write smaller numbers in {{}}"
    try:
        regex.compile(text, _FLAGS)
    except RecursionError:
        return "the text between the slashes is nested too deeply for a regular expression: simplify it"
    except (regex.error, ValueError, OverflowError) as error:
        why = str(error).replace(" at position ", " at character ")
        return (
            f"the text between the slashes is not a valid regular expression ({why}): correct it, "
            "or remove the slashes to search for the words themselves"
        )
    if _never_ends(text):
        return (
            "this pattern takes too long even on a few words, because a repeated part of it can match the same "
            "text in several ways, as in `(a|aa)+`: repeat only one thing, or remove the slashes to search for "
            "the words themselves"
        )
    return ""


def _loosest(text: str) -> str:
    """The loosest way to write the pattern that is valid and as fast as the user's own."""
    for blank in (ANY_BLANKS, ONE_BLANK):
        source = loosened(text, blank)
        try:
            if not _never_ends(source):
                return source
        except (regex.error, ValueError, OverflowError):
            continue
    return text


@lru_cache(1024)
def _never_ends(source: str) -> bool:
    compiled = regex.compile(source, _FLAGS)
    try:
        for probe in _probes(source):
            compiled.search(probe, timeout=_PROBE_S)
    except TimeoutError:
        return True
    return False


def _probes(source: str) -> Iterator[str]:
    """Texts that repeat a few of the pattern's own letters, after the letters before them."""
    atoms = sample_atoms(source)[:_MAX_ATOMS]
    for index in range(len(atoms)):
        before = "".join(atoms[:index])
        for repeated in {"".join(atoms[index : index + n]) for n in _PROBED_TOGETHER}:
            yield before + repeated * _REPEATS + "!"
