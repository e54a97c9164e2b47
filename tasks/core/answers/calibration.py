"""The calibration of a language model that judges by labels: from the share of "right" to a probability.

A model's share says which of two items it believes more; how often it is right at a share is learned
from the error book (`tasks.learning.training.fit_calibration`). Without a calibration the share itself
counts as the probability, nothing is promised, and an item below one half is doubted.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tasks.core.answers.label_shares import LabelShares
from tasks.core.errors import ConfigurationError
from tasks.core.wire.critic_questions import RIGHT_LABEL

FILE = "calibration.json"
_CERTAIN = 1e-4
"""Shares nearer to 0 or 1 count as this far from it: a logit has no end."""


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    model: str
    slope: float = Field(gt=0)
    intercept: float
    doubt: float = Field(ge=0, le=1)
    lacking: float = Field(ge=0, le=1)
    bars: dict[str, float | None] = {}


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a model's shares are read."""

    slope: float = 1.0
    intercept: float = 0.0
    doubt: float = 0.5
    """An item with less is doubted."""
    lacking: float = 0.5
    """What is said to be lacking counts from here on."""
    bars: Mapping[str, float | None] = field(default_factory=dict[str, "float | None"])
    """Promise, as a percentage -> the least probability that keeps it; None: none keeps it."""
    model: str = ""
    """`name/version` of the model that it was fitted for; empty: of none."""

    @property
    def digest(self) -> str:
        """Part of the critic's version: another calibration makes another run."""
        told = [self.slope, self.intercept, self.doubt, self.lacking, sorted(self.bars.items())]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:8]

    @property
    def promises(self) -> bool:
        return bool(self.bars)

    def right(self, share: float) -> float:
        right = 1 / (1 + math.exp(-self.slope * log_odds(share) - self.intercept))
        return min(_SUREST, right)

    def bar(self, promise: float | None) -> float | None:
        """The least probability that keeps a promise, 1 or more if none does; None: nothing is promised."""
        if promise is None or not self.bars:
            return None
        kept = [bar for told, bar in self.bars.items() if float(told) / 100 >= promise]
        known = [bar for bar in kept if bar is not None]
        return min(known) if known else _NEVER

    def judged(self, shares: LabelShares, promise: float | None, **about: int) -> str:
        """The raw answer of one judgement, as it is stored.

        Args:
            about: `item`, the number of an item of the draft; or `add`, the position of a row of what
                is said to be lacking.
        """
        right = self.right(shares.share(RIGHT_LABEL)) if shares.is_understood else None
        floor = self.lacking if "add" in about else self.doubt
        told: dict[str, Any] = {
            **about,
            "labels": {label: round(share, 6) for label, share in shares.by_label.items()},
            "right": None if right is None else round(right, 6),
            "flagged": right is not None and right < floor,
        }
        if (bar := self.bar(promise)) is not None:
            told["bar"] = bar
        return json.dumps(told)


def log_odds(share: float) -> float:
    """What a calibration is a straight line of."""
    bound = min(1 - _CERTAIN, max(_CERTAIN, share))
    return math.log(bound / (1 - bound))


_SUREST, _NEVER = 0.999999, 1.0
"""The highest probability, and a bar that it does not reach."""
NONE = Calibration()


def read_calibration(path: Path | None) -> Calibration:
    """From the file, or the folder that has it. None: no calibration.

    Raises:
        ConfigurationError: there is no such file, or it has another form.
    """
    if path is None:
        return NONE
    file = path / FILE if path.is_dir() else path
    try:
        told = _File.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValidationError, ValueError) as error:
        raise ConfigurationError(
            f"COUNTERSIGN_CRITIC_CALIBRATION names {file}, which is no calibration that `countersign calibrate` wrote"
        ) from error
    return Calibration(**told.model_dump())
