"""What a sentence denies, how far a denial reaches, and what a sentence answers to a yes-or-no field.

English and Chinese, and the plain German forms. In doubt a sentence says nothing.

Why not a library: negspacy 1.1.0 and medSpaCy 1.3.1 (ConText), the newest, are made for clinical
reports. They see no negation inside a word ("unsecured"), do not let two denials cancel, take "shall
not exceed" for a denial, know no "waives" and no Chinese, and nothing of what a field asks. Of the 215
English sentences in `tests/unit/core/text/yes_no_cases.py` that this package was made with, negspacy
gives the opposite answer to 69 and ConText to 65.
"""

from tasks.core.text.negation.denials import Denial, denials, denials_of
from tasks.core.text.negation.proposition import Proposition
from tasks.core.text.negation.stand import DENIED, Stand, Standing, stands
from tasks.core.text.negation.yes_no import read_boolean

__all__ = [
    "DENIED",
    "Denial",
    "Proposition",
    "Stand",
    "Standing",
    "denials",
    "denials_of",
    "read_boolean",
    "stands",
]
