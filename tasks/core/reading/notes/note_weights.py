"""The weights of the signs of notes: the logarithm of how much likelier a note is with the sign than without.

Fitted by `python -m tests.bench.note_fit` to generated files of known producers; no sign is a yes or
a no alone.
"""

from __future__ import annotations

from collections.abc import Iterable

WEIGHTS: dict[str, float] = {
    "note": -3.6,
    # The opening line.
    "opens_raised": 1.3,
    "opens_circled": -0.2,
    "opens_note_word": 1.2,
    "opens_star_number": 0.2,
    "opens_bracket": -0.1,
    "opens_paren": -0.4,
    "opens_half_paren": 0.3,
    "opens_symbol": 1.0,
    "opens_bare": 0.0,
    "opens_glued": -1.0,
    "opens_letter": -0.7,
    "small": 1.6,
    "smaller": 0.3,
    "small_page": -0.4,
    "known_style": 1.0,
    "larger": -2.0,
    "ruled": 1.2,
    "wide_ruled": 0.8,
    "at_foot": 0.0,
    "not_at_foot": -0.1,
    "apart": 0.3,
    "last_lines": 0.4,
    "tagged": 3.0,
    "table_row": -1.5,
    "heading_like": -2.9,
    "repeated": -0.3,
    "plain": -0.3,
    "list_item": -1.2,
    "table_ruled": 1.2,
    "under_notes": 1.4,
    "under_references": -4.0,
    # The citation.
    "uncited": -1.6,
    "once_cited": 1.6,
    "cites_raised": 2.4,
    "cites_circled": -0.8,
    "cites_note_word": 0.8,
    "cites_star_number": 0.4,
    "cites_bracket": 0.6,
    "cites_paren": 0.0,
    "cites_half_paren": 0.6,
    "cites_symbol": 3.3,
    "cites_bare": -0.9,
    "cites_glued": -1.1,
    "cites_part": -1.1,
    "cites_spaced": -1.4,
    "cites_referring": -0.4,
    "cites_first": -0.5,
    # Both.
    "same_form": 0.4,
    "form_differs": -1.5,
    "cited_behind": -1.5,
    "cited_page_before": -0.1,
    "cited_earlier": -0.9,
    # Their order.
    "next": -0.2,
    "first": 0.5,
    "continues": 1.0,
    "begins_elsewhere": -1.1,
    "jumps": 0.0,
    "repeats": -0.7,
    "counts_back": 0.3,
    "other_order": -0.3,
    "deeper": 0.0,
    "same_block": 1.4,
    "cited_next": 1.8,
}


def weight(signs: Iterable[str]) -> float:
    """The sum of the signs' weights."""
    return sum(WEIGHTS[sign] for sign in signs)
