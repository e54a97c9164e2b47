"""A user's regular expression as a tree, for the linear engine: letters, assertions, groups, repeats.

Only what an engine without backtracking can run has a place in the tree; `NotLinear` says what has
none and how to write it. The pattern must be valid for the library `regex`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from tasks.core.schema.letter_sets import Letters, class_letters, escaped_letters, one_letter
from tasks.core.schema.pattern_text import PatternToken, pattern_tokens

MAX_REPEAT = 1000
"""Source: google-re2, `kMaxRepeat` in re2/parse.cc."""

Node: TypeAlias = "Letters | Assertion | Group | Many | Sequel | Choice"


class NotLinear(ValueError):
    """The pattern needs an engine that backtracks; says which part, and how to write it."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A place that must be so, without a letter of its own.

    `kind` is `word_edge`, `no_word_edge`, `start`, `line_start`, `end`, `last_line_end`, `line_end`,
    `ahead` or `behind`.
    """

    kind: str
    inner: Node | None = None
    is_negative: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A part that is captured."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Many:
    inner: Node
    least: int
    most: int | None
    is_lazy: bool


@dataclass(frozen=True, slots=True)
class Sequel:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    ways: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class _Flags:
    ignores_case: bool = True
    passes_lines: bool = False
    has_lines: bool = False

    def changed(self, letters: str) -> _Flags:
        on, _, off = letters.partition("-")
        names = {"i": "ignores_case", "s": "passes_lines", "m": "has_lines"}
        if unknown := set(on + off) - {*names, "u"}:
            flag = min(unknown)
            raise NotLinear(f"the flag `{flag}` is not known here: of the flags, write only i, m and s")
        switched = {names[f]: True for f in on if f in names} | {names[f]: False for f in off if f in names}
        return replace(self, **switched)


def pattern_tree(source: str) -> Node:
    """The tree of a valid pattern that ignores case.

    Raises:
        NotLinear: it has a part for which there is no linear way.
    """
    reader = _PatternReader(pattern_tokens(source))
    tree = reader.choice(_Flags())
    if reader.at < len(reader.tokens):
        raise NotLinear("a `)` has no `(`: remove it, or write `\\)`")
    return tree


def mirrored(node: Node) -> Node:
    """The tree that matches every text backwards, to look at what stands before a place."""
    if isinstance(node, Sequel):
        return Sequel(tuple(mirrored(part) for part in reversed(node.parts)))
    if isinstance(node, Choice):
        return Choice(tuple(mirrored(way) for way in node.ways))
    if isinstance(node, Many):
        return replace(node, inner=mirrored(node.inner))
    if isinstance(node, Assertion) and node.kind not in ("word_edge", "no_word_edge"):
        raise NotLinear(
            "a look behind holds a look or an edge of its own: write the whole as one text with the value in a group"
        )
    return node


def has_groups(node: Node | None) -> bool:
    """Whether a part of the tree is captured."""
    if isinstance(node, Group):
        return True
    if isinstance(node, Sequel | Choice):
        return any(has_groups(n) for n in (node.parts if isinstance(node, Sequel) else node.ways))
    return has_groups(node.inner) if isinstance(node, Many | Assertion) else False


class _PatternReader:
    """Reads tokens one after the other."""

    def __init__(self, tokens: Sequence[PatternToken]) -> None:
        self.tokens, self.at = tokens, 0

    def choice(self, flags: _Flags) -> Node:
        """All ways up to the end of the group."""
        ways: list[Node] = []
        while True:
            ways.append(self._row(flags))
            if not self._next_is("|"):
                return Choice(tuple(ways)) if len(ways) > 1 else ways[0]
            self.at += 1

    def _next_is(self, text: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at] == PatternToken("char", text)

    def _row(self, flags: _Flags) -> Node:
        parts: list[Node] = []
        while self.at < len(self.tokens) and self.tokens[self.at].kind != "close" and not self._next_is("|"):
            token = self.tokens[self.at]
            self.at += 1
            if token.kind == "flags":
                if self.at > 1:
                    raise NotLinear(f"`{token.text}` stands within the pattern: write it at its beginning")
                flags = flags.changed(token.text[2:-1])
                # It holds for the whole pattern, also behind a `|`.
                parts.append(self.choice(flags))
            elif token.kind == "repeat":
                self._repeat(parts, token.text)
            elif token.kind != "comment":
                parts.append(self._one(token, flags))
        return parts[0] if len(parts) == 1 else Sequel(tuple(parts))

    def _one(self, token: PatternToken, flags: _Flags) -> Node:
        text = token.text
        if token.kind == "open":
            return self._group(text, flags)
        if token.kind == "class":
            return class_letters(text, flags.ignores_case)
        if token.kind == "escape":
            return _escape(text, flags)
        if text == "{":
            raise NotLinear("a `{` is no number of repeats: write `\\{` if you mean the character")
        if text in "^$":
            usual, of_lines = ("start", "line_start") if text == "^" else ("last_line_end", "line_end")
            return Assertion(of_lines if flags.has_lines else usual)
        any_letter = Letters("" if flags.passes_lines else "\\n", is_negative=True)
        return any_letter if text == "." else one_letter(text, flags.ignores_case)

    def _group(self, text: str, flags: _Flags) -> Node:
        sign = text[2:]
        if text.startswith("(?") and sign in ("=", "!", "<=", "<!"):
            inner = self._closed(flags)
            if has_groups(inner):
                raise NotLinear(f"a group stands within `{text}`: write `(?:` for it")
            kind = "behind" if sign.startswith("<") else "ahead"
            return Assertion(kind, mirrored(inner) if kind == "behind" else inner, sign.endswith("!"))
        if sign in (">", "|"):
            raise NotLinear(f"`{text}` keeps a choice: write `(?:`, or write the choices out")
        if text.startswith("(?") and sign.endswith(":"):
            return self._closed(flags.changed(sign[:-1]))
        return Group(self._closed(flags))

    def _closed(self, flags: _Flags) -> Node:
        inner = self.choice(flags)
        if self.at >= len(self.tokens):
            raise NotLinear("a `(` is not closed: add `)`, or write `\\(`")
        self.at += 1
        return inner

    def _repeat(self, parts: list[Node], text: str) -> None:
        if not parts and text.startswith("?"):
            raise NotLinear("a `(?` begins something that cannot be searched for in one pass: write `(?:`")
        if not parts or isinstance(parts[-1], Assertion):
            raise NotLinear(f"`{text}` repeats nothing: remove it")
        manner = text[-1] if len(text) > 1 and text[-1] in "?+" else ""
        counts = text.removesuffix(manner) if manner else text
        if manner == "+":
            raise NotLinear(f"`{text}` keeps all that it took: write `{counts}`")
        least, most = _counts(counts)
        if max(least, most or 0) > MAX_REPEAT:
            raise NotLinear(f"`{counts}` repeats more than {MAX_REPEAT:,} times: write a smaller number")
        parts[-1] = Many(parts[-1], least, most, manner == "?")


def _counts(text: str) -> tuple[int, int | None]:
    if not text.startswith("{"):
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[text]
    first, comma, last = text[1:-1].partition(",")
    return int(first or 0), int(last) if last else None if comma else int(first)


def _escape(text: str, flags: _Flags) -> Node:
    edges = {"b": "word_edge", "B": "no_word_edge", "A": "start", "Z": "end", "z": "end"}
    if (kind := edges.get(text[1])) is not None:
        return Assertion(kind)
    letters = escaped_letters(text, flags.ignores_case)
    if letters is None:
        raise NotLinear(f"`{text}` cannot be searched for in one pass: write out what it may stand for")
    return letters


def longest_stay(node: Node) -> int:
    """How many assertions may follow each other with no letter between them.

    Raises:
        NotLinear: without a bound, as in `(?:\\b)*`.
    """
    return _stay(node).longest


def can_be_empty(node: Node) -> bool:
    """Whether it matches where there is no letter at all."""
    return _stay(node).without is not None


@dataclass(frozen=True, slots=True)
class _Stay:
    """Assertions before the first letter, after the last one, between letters, and with no letter at all."""

    before: int
    after: int
    longest: int
    without: int | None


def _stay(node: Node) -> _Stay:
    if isinstance(node, Letters):
        return _Stay(0, 0, 0, None)
    if isinstance(node, Assertion):
        return _Stay(1, 1, 1, 1)
    if isinstance(node, Group):
        return _stay(node.inner)
    if isinstance(node, Many):
        return _repeated_stay(node)
    if isinstance(node, Choice):
        stays = [_stay(way) for way in node.ways]
        empty = [s.without for s in stays if s.without is not None]
        before, after = max(s.before for s in stays), max(s.after for s in stays)
        return _Stay(before, after, max(s.longest for s in stays), max(empty) if empty else None)
    whole = _Stay(0, 0, 0, 0)
    for stay in map(_stay, node.parts):
        whole = _Stay(
            whole.before if whole.without is None else max(whole.before, whole.without + stay.before),
            stay.after if stay.without is None else max(stay.after, whole.after + stay.without),
            max(whole.longest, stay.longest, whole.after + stay.before),
            None if whole.without is None or stay.without is None else whole.without + stay.without,
        )
    return whole


def _repeated_stay(node: Many) -> _Stay:
    stay = _stay(node.inner)
    is_once = node.most == 1
    if stay.without and not is_once:
        raise NotLinear("a repeated part may hold nothing but an edge: repeat only parts that hold a letter")
    longest = stay.longest if is_once else max(stay.longest, stay.after + stay.before)
    without = 0 if node.least == 0 else stay.without
    return _Stay(
        stay.before,
        stay.after,
        longest,
        max(without or 0, stay.without or 0) if without is not None else None,
    )
