"""The scripted generator: a first draft with the mistakes of its habits, and later rounds that follow what they are told, or do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.scripted.asked import Draft, read_draft
from tests.scripted.dice import DICE, Dice, digest
from tests.scripted.habits import FAULTLESS, Habits
from tests.scripted.speech import said
from tests.scripted.truth import Claim, Truth, place_of, says_alike

_OTHER_WORDS = ("broadly", "roughly", "so-called")
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ScriptedGenerator:
    truth: Truth
    habits: Habits = FAULTLESS
    dice: Dice = DICE

    def answer(self, prompt: str) -> str:
        """The raw answer to a prompt of `tasks.core.prompts`."""
        asked = read_draft(prompt)
        chunk = digest(asked.passage, *asked.notes)
        occasion = "" if asked.previous is None else digest(prompt)
        view = _View(self, asked, chunk, occasion)
        items = view.first_draft() if asked.previous is None else view.revision(asked.previous)
        fields = digest(*asked.fields)
        return said(items, asked.passage, self.habits, self.dice, (chunk, occasion, fields))


@dataclass(frozen=True, slots=True)
class _View:
    """One call: what is asked, and the keys that its draws hang on."""

    model: ScriptedGenerator
    asked: Draft
    chunk: str
    occasion: str
    """Empty in a first draft."""

    def _falls(self, habit: str, claim: Claim, occasion: str) -> bool:
        rate = getattr(self.model.habits, habit)
        return self.model.dice.falls(rate, habit, self.chunk, claim.field, claim.value, occasion)

    # ------------------------------------------------------------ what the chunk says

    def _facts(self) -> list[tuple[Claim, bool]]:
        """The asked facts that stand here, in the order of the text, each with whether only a note says it."""
        found: list[tuple[int, int, Claim, bool]] = []
        for number, claim in enumerate(self.model.truth.facts):
            if claim.field in self.asked.fields:
                at = place_of(claim.quote, self.asked.passage)
                noted = [n for n in self.asked.notes if place_of(claim.quote, n) is not None]
                if at is not None or noted:
                    found.append((len(self.asked.passage) if at is None else at, number, claim, at is None))
        return [(claim, in_note) for _, _, claim, in_note in sorted(found, key=lambda row: row[:2])]

    def _temptations(self) -> Iterator[tuple[str, Claim]]:
        """What it may believe here, with the habit that makes it do so."""
        everything = "\n".join((self.asked.passage, *self.asked.notes))
        for claim in self.model.truth.traps:
            if claim.field in self.asked.fields and place_of(claim.quote, everything) is not None:
                yield "misreads", claim
        for claim in self.model.truth.usual:
            if claim.field in self.asked.fields:
                yield "invents", claim

    # ------------------------------------------------------------ answers

    def first_draft(self, occasion: str = "") -> list[Item]:
        items = [
            self._worded(claim, occasion)
            for claim, in_note in self._facts()
            if not self._falls("forgets_notes" if in_note else "forgets", claim, occasion)
        ]
        return items + [c.item() for habit, c in self._temptations() if self._falls(habit, c, occasion)]

    def revision(self, previous: tuple[Item, ...]) -> list[Item]:
        told = {remark.item for remark in self.asked.remarks}
        items = [
            item
            for number, old in enumerate(previous)
            if (item := self._mended(old) if number in told else self._repeated(old)) is not None
        ]
        for remark in self.asked.remarks:
            if remark.field is not None and (added := self._added(remark.field, remark.quote)) is not None:
                items.append(added)
        if any(remark.item is None and remark.field is None for remark in self.asked.remarks):
            items += self.first_draft(self.occasion)  # the whole could not be read: it is given anew
        items += [c.item() for habit, c in self._temptations() if self._comes_back(habit, c)]
        return _without_doubles(items)

    def _worded(self, claim: Claim, occasion: str) -> Item:
        item = claim.item()
        words = claim.quote.split(" ")
        if self._falls("paraphrases", claim, occasion):
            other = self.model.dice.pick(_OTHER_WORDS, self.chunk, claim.value, occasion)
            at = int(self.model.dice.draw("word", self.chunk, claim.value, occasion) * len(words))
            kept = words[at:] if len(words) == 1 else words[at + 1 :]
            return item | {"quote": " ".join([*words[:at], other, *kept]), "value": claim.value}
        if len(words) > 4 and self._falls("miscuts", claim, occasion):
            short = " ".join(words[: max(1, len(words) // 3)])
            return item | {"quote": short, "value": short}
        return item

    def _mended(self, old: Item) -> Item | None:
        """An item that a finding names; None: it goes."""
        fact = next((claim for claim, _ in self._facts() if claim.is_about(old)), None)
        claim = fact or _claim_of(old)
        if fact is not None and fact.is_met_by(old):
            return None if self._falls("yields", claim, self.occasion) else old
        if not self._falls("corrects", claim, self.occasion):
            return old
        return None if fact is None else self._worded(fact, self.occasion)

    def _repeated(self, old: Item) -> Item | None:
        return None if self._falls("drifts", _claim_of(old), self.occasion) else old

    def _added(self, field: str, quote: str) -> Item | None:
        """What it is told that it lacks."""
        fact = next((c for c, _ in self._facts() if c.field == field and _speaks_of(quote, c)), None)
        if fact is not None:
            return self._worded(fact, self.occasion) if self._falls("corrects", fact, self.occasion) else None
        claim = Claim(field, quote.rstrip("…"), quote.rstrip("…"))
        stands = any(
            place_of(claim.quote, text) is not None for text in (self.asked.passage, *self.asked.notes)
        )
        return claim.item() if stands and self._falls("yields", claim, self.occasion) else None

    def _comes_back(self, habit: str, claim: Claim) -> bool:
        """It once gave this and then dropped it: a stateless model does it again for the reason for which it did at first."""
        known = (*(self.asked.previous or ()), *self.asked.kept)
        is_dropped = not any(claim.is_about(item) for item in known)
        return is_dropped and self._falls(habit, claim, "") and self._falls("relapses", claim, self.occasion)


def _speaks_of(quote: str, claim: Claim) -> bool:
    return says_alike(quote, claim.quote) or place_of(claim.quote, quote) is not None


def _claim_of(item: Mapping[str, Any]) -> Claim:
    quote = str(item.get("quote") or "")
    return Claim(str(item.get("field")), str(item.get("value") or quote), quote)


def _without_doubles(items: list[Item]) -> list[Item]:
    unique: dict[tuple[str, str, str], Item] = {}
    for item in items:
        claim = _claim_of(item)
        unique.setdefault((claim.field, claim.value, claim.quote), item)
    return list(unique.values())
