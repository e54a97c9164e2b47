"""Words that prove nothing, because of what the page shows in their place, and the reason for each.

A value on such words may be right, but a person must look at it: it is never verified.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from tasks.core.records import UNPROVABLE, Citation, Mark, MarkKind, Span

# These reasons are stored, and compared by replays.
HIDDEN = "the words are hidden on the page"
REASONS = {
    MarkKind.HIDDEN: HIDDEN,
    MarkKind.COVERED: "something covers the words on the page",
    MarkKind.LAYER_OFF: "the words are in a layer that is switched off",
    MarkKind.STRUCK: "the words are struck out",
    MarkKind.BLANK: "the words are a blank that was filled in",
    MarkKind.REDACTION: "the words are marked for redaction",
    MarkKind.REPLACED: "the page shows other letters than the file tells programs",
    MarkKind.UNTICKED: "the option is not ticked",
}


class UnprovableWords:
    """The marked ranges of a reading on which no value is verified."""

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        ranges: dict[MarkKind, list[Span]] = {kind: [] for kind in REASONS}
        for mark in sorted(mark for mark in marks if mark.kind in UNPROVABLE):
            of_kind = ranges[mark.kind]
            if of_kind and mark.start <= of_kind[-1].end:
                of_kind[-1] = Span(of_kind[-1].start, max(of_kind[-1].end, mark.end))
            else:
                of_kind.append(Span(mark.start, mark.end))
        self._ranges = {kind: of_kind for kind, of_kind in ranges.items() if of_kind}

    def reason(self, citation: Citation) -> str | None:
        """Why the cited words prove nothing; of several reasons the first of `REASONS`.

        None: they do.
        """
        return next(
            (REASONS[kind] for kind, spans in self._ranges.items() if _touches(citation, spans)), None
        )


def _touches(citation: Citation, ranges: list[Span]) -> bool:
    """Whether a cited span and one of the ranges, which are sorted and apart, overlap."""
    for span in citation.spans:
        index = bisect_right(ranges, span.start, key=lambda r: r.end)
        if index < len(ranges) and ranges[index].start < span.end:
            return True
    return False
