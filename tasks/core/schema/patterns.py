"""Compiles a user's regular expression and searches with it, without a text that could hold it up.

Patterns are run by an engine without backtracking. Those which it cannot run (`\\1`, `(?>...)`) are refused
in a schema's file. A schema that was stored by an older version may have one: it is searched for
by the library `regex` within a limit of time, and not again in this process once it reached the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from time import thread_time

import regex

from tasks.core.schema.linear_pattern import Found, LinearPattern
from tasks.core.schema.pattern_text import ANY_BLANKS, ONE_BLANK, least_length, loosened
from tasks.core.schema.pattern_tree import NotLinear

MAX_SEARCH_S = 0.2
"""Seconds of processor time for one line; a usual pattern needs less than a thousandth of this."""
_MAX_TOTAL_S, _MAX_S_PER_CHAR = 2.0, 1e-4
"""A pattern that has spent this much, and this much a character, would hold up other documents."""
_MAX_LENGTH = 20_000
MAX_PATTERN_CHARS = 2_000
"""The longest shipped pattern has 400."""
_FLAGS = regex.IGNORECASE | regex.VERSION0


class TimedPattern:
    """A pattern that is not searched for again once it took too long."""

    __slots__ = ("_engine", "_n_chars", "_spent_s", "is_slow")

    def __init__(self, source: str) -> None:
        self._engine = _engine(source)
        self._spent_s, self._n_chars = 0.0, 0
        self.is_slow = False

    def fullmatch(self, text: str) -> Found | None:
        """The match of a whole text; None also if it took too long."""
        found = self.matches(text)
        return found[0] if found and found[0][:2] == (0, len(text)) else None

    def matches(self, text: str) -> Sequence[Found]:
        """All matches; none if this search, or one before, took too long."""
        if self.is_slow:
            return ()
        begin = thread_time()
        try:
            found = self._engine.matches(text, MAX_SEARCH_S)
        except TimeoutError:
            self.is_slow = True
            return ()
        self._spent_s += thread_time() - begin
        self._n_chars += len(text)
        self.is_slow = self._spent_s > max(_MAX_TOTAL_S, _MAX_S_PER_CHAR * self._n_chars)
        return found


class _Backtracking:
    """The library `regex`, for what no other engine can run."""

    __slots__ = ("_compiled",)

    def __init__(self, source: str) -> None:
        self._compiled = regex.compile(source, _FLAGS)

    def matches(self, text: str, limit_s: float) -> Sequence[Found]:
        group = 1 if self._compiled.groups else 0
        found = self._compiled.finditer(text, timeout=limit_s)
        return tuple((*match.span(), *match.span(group)) for match in found)


@lru_cache(1024)
def _linear(source: str) -> LinearPattern:
    return LinearPattern(source)


def _engine(source: str) -> LinearPattern | _Backtracking:
    try:
        return _linear(source)
    except NotLinear:
        return _Backtracking(source)


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
def pattern_problem(text: str, is_new: bool = False) -> str:
    """Why the text between the slashes of a cue cannot be a pattern; empty if it can.

    Args:
        is_new: It stands in a file, so its author can write it in another way: it must need no backtracking.
    """
    if len(text) > MAX_PATTERN_CHARS and is_new:
        return f"a pattern of {len(text):,} characters is too long: write several cues of at most {MAX_PATTERN_CHARS:,}"
    if least_length(text) > _MAX_LENGTH:
        return f"a match would have more than {_MAX_LENGTH:,} characters: write smaller numbers in {{}}"
    try:
        regex.compile(text, _FLAGS)
        if is_new:
            _linear(_loosest(text))
    except RecursionError:
        return "the text between the slashes is nested too deeply for a regular expression: simplify it"
    except NotLinear as error:
        return f"this pattern could hold up every document: {error}"
    except (regex.error, ValueError, OverflowError) as error:
        why = str(error).replace(" at position ", " at character ")
        return (
            f"the text between the slashes is not a valid regular expression ({why}): correct it, "
            "or remove the slashes to search for the words themselves"
        )
    return ""


def _loosest(text: str) -> str:
    """The loosest way to write the pattern that is valid."""
    for blank in (ANY_BLANKS, ONE_BLANK):
        source = loosened(text, blank)
        try:
            regex.compile(source, _FLAGS)
        except (regex.error, ValueError, OverflowError):
            continue
        return source
    return text
