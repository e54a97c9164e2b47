"""How often the scripted models go wrong. Every rate is a probability; a model without habits makes no mistake."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habits:
    """Of a generator. The first seven are for each value, in a first draft or when an answer is begun anew."""

    invents: float = 0.0
    """A usual thing of an asked field, in each chunk."""
    misreads: float = 0.0
    """A trap that stands in the chunk."""
    forgets: float = 0.0
    """A fact of the body."""
    forgets_notes: float = 0.0
    """A fact of a footnote."""
    paraphrases: float = 0.0
    """One word of a quote is another."""
    miscuts: float = 0.0
    """Only the beginning of a quote is given, and of its value."""
    chats: float = 0.0
    """Small talk before and after the JSON, in each answer."""
    truncates: float = 0.0
    """An answer breaks off somewhere."""
    corrects: float = 1.0
    """A finding that is right is followed."""
    yields: float = 0.0
    """A finding that is wrong is followed."""
    relapses: float = 0.0
    """A usual thing or a trap that it had dropped comes back."""
    drifts: float = 0.0
    """An item that nothing was said against gets lost when the whole is to be given again."""


@dataclass(frozen=True, slots=True)
class CriticHabits:
    """Of a critic: what it does not see, and what it sees where nothing is."""

    passes: float = 0.0
    """A wrong item is called right."""
    alarms: float = 0.0
    """A right item is called wrong."""
    overlooks: float = 0.0
    """A fact that the draft lacks is not named."""
    imagines: float = 0.0
    """A trap, or a sentence of the chunk, is called missing; for each field and chunk."""


FAULTLESS, ALL_SEEING = Habits(), CriticHabits()
