"""What the end of a run needs of the document, beside the answers about its chunks."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from tasks.core.reading.refusals import unread_pages
from tasks.core.records import Agreement, Citation, Reading
from tasks.core.values.document_habit import habit_of
from tasks.core.values.habit import UNKNOWN_HABIT, Habit


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    text: str = ""
    agreements: tuple[Agreement, ...] = ()
    habit: Habit = UNKNOWN_HABIT
    """How the document writes values."""
    unread: str = ""
    """Which pages could not be read, in words; part of the reason of `absent` cells."""

    def agreement_of(self, citation: Citation | None) -> int:
        """The index of the agreement in which a value stands; 0 if the file holds one.

        The rest of the first agreement behind an exhibit is the first agreement.
        """
        if citation is None or not self.agreements:
            return 0
        starts = [agreement.start for agreement in self.agreements]
        index = max(0, bisect_right(starts, citation.spans[0].start) - 1)
        return 0 if self.agreements[index].resumes(self.agreements[0]) else index


NO_FACTS = DocumentFacts()


def facts_of(reading: Reading) -> DocumentFacts:
    return DocumentFacts(reading.text, reading.agreements, habit_of(reading.text), unread_pages(reading))
