"""What the `true` of a yes-or-no field says, in words that can be compared with a sentence's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tasks.core.text.negation.conditions import CONSENT
from tasks.core.text.negation.denials import denials, denials_of, plain

TOKEN = re.compile(r"[a-zäöüß]+|[\u4e00-\u9fff]{2,}")
CJK = re.compile(r"[\u4e00-\u9fff]")
_PREFIX = re.compile(r"^(?:non|un|ir|dis)(?=[a-z]{4})")
_GENERIC = frozenset(
    re.findall(
        r"\w+",
        "the a an of for to in on at by or and is are be if any whether not no non with without from it "
        "its this that party parties agreement contract right rights option clause provision covenant "
        "allowed permitted required needed included excluded prohibited forbidden waived banned ban "
        "restricted restriction may must can shall given granted applicable available auto automatic "
        "free only one both true false duty obligation term period there ",
    )
)
"""Words of a title that name no topic."""
_FALSE_BRANCH = re.compile(
    r"\b(?:and |or )?false (?:if|when|where)\b[^.;]*|[^.。;；，,]*(?:, as in [^.;]*)?(?:does|do) not count[^.]*|[，,。；]?[^，,。；]*(?:为假|为否|不算)"
)
_PREPOSITION = re.compile(r"\b(?:of|for|to|in|on|upon|by|at)\b")


@dataclass(frozen=True, slots=True)
class Proposition:
    """What a field's `true` says."""

    title: str
    description: str = ""
    cues: tuple[str, ...] = ()

    def texts(self) -> tuple[str, str]:
        """Title and description in plain lower case, without what the description says of `false`."""
        return _texts(self.title, self.description)

    def asks(self) -> str:
        return " ".join(self.texts())

    def asks_consent(self) -> bool:
        """Whether somebody's consent is what the field is about."""
        return CONSENT.search(self.asks()) is not None and "with or without" not in self.asks()

    def false_words(self) -> frozenset[str]:
        """Words that the description has for `false` alone."""
        return _false_words(self.title, self.description)

    def head(self) -> str:
        """The title's last word that names a topic, before any "of" or "for"; empty in Chinese titles."""
        words = [w for w in TOKEN.findall(_PREPOSITION.split(self.texts()[0])[0]) if is_topical(w)]
        return stem(words[-1]) if words and not CJK.match(words[-1]) else ""

    def denies(self, topic: str) -> bool:
        """Whether `true` denies a topic: "Pets prohibited", "Unsecured"."""
        for text in self.texts():
            if found := place_of(text, topic):
                return is_denied(text, found)
        return len(denials(self.texts()[0])) % 2 == 1


@lru_cache(512)
def _texts(title: str, description: str) -> tuple[str, str]:
    return plain(title), _FALSE_BRANCH.sub(" ", plain(description))


@lru_cache(512)
def _false_words(title: str, description: str) -> frozenset[str]:
    branch = " ".join(_FALSE_BRANCH.findall(plain(description)))
    kept = content(" ".join(_texts(title, description)))
    words = (w for w in content(branch) if len(w) > 3 and w != "count")
    return frozenset(w for w in words if not any(alike(w, k) for k in kept))


def is_denied(text: str, place: tuple[int, int]) -> bool:
    """Whether an odd number of denials reaches a range."""
    return len(denials_of(text, *place)) % 2 == 1


def is_topical(word: str) -> bool:
    return word not in _GENERIC and len(word) > 1


def content(text: str) -> list[str]:
    """The words that name a topic, without their negative prefixes."""
    return [stem(t) for t in TOKEN.findall(text) if is_topical(t)]


def stem(word: str) -> str:
    """A word without its negative prefix."""
    return _PREFIX.sub("", word)


def alike(one: str, other: str) -> bool:
    """Whether two words have one stem: a common beginning of four letters, and of 0.6 of the shorter."""
    if CJK.match(one) or CJK.match(other):
        return one == other
    a, b = (stem(w).replace("k", "c").replace("paid", "pay") for w in (one, other))
    short = min(len(a), len(b))
    common = next((i for i in range(short) if a[i] != b[i]), short)
    return short > 2 and common >= (short if short <= 4 else max(4, 0.6 * short))


def place_of(text: str, topic: str) -> tuple[int, int] | None:
    """Where a text says a topic, the last of its words, without a negative prefix."""
    if CJK.search(topic):
        characters = "".join(CJK.findall(topic))
        pairs = [characters[i : i + 2] for i in range(len(characters) - 1)]
        return next(((at, at + 2) for p in reversed(pairs) if (at := text.find(p)) >= 0), None)
    wanted = content(topic)
    hits = [m for m in TOKEN.finditer(text) if any(alike(m[0], w) for w in wanted)]
    return (hits[-1].end() - len(stem(hits[-1][0])), hits[-1].end()) if hits else None
