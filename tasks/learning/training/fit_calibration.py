"""Fits how the shares of a language model as critic are read: to probabilities, and bars by promise.

Pure numpy: two numbers and a handful of bars need no library of the extra `train`. Knows no model and
no file; `tasks.learning.judge_book` has the judgements.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tasks.core.answers.calibration import Calibration, log_odds
from tasks.core.errors import ConfigurationError
from tasks.core.text.display import counted
from tasks.learning.evaluation.matching import precision_recall_f1
from tasks.learning.evaluation.ranking import auroc, calibration
from tasks.learning.evaluation.scores import Floats

PROMISES = (80, 90, 95, 98, 99)
"""In percent."""
LEAST_JUDGED, LEAST_OF_EACH = 100, 20
"""Items of drafts that must be judged, and of the right and the wrong ones among them."""
LEAST_VALUES = 20
"""Fewer items above a bar prove nothing; as for the native critic's bars."""
N_FOLDS = 5
_MARGIN = 1.645
"""Standard errors by which a share must exceed its promise: one bar in twenty fails by chance."""
_MAX_STEPS = 500  # bars that are tried
_DOUBTS = tuple(round(0.1 + 0.02 * i, 2) for i in range(40))
_LACKING = 0.5


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """An item of the error book, and what the model makes of it."""

    document: str
    share: float | None
    """Of the labels' probability that of "right"; None: it answered with no label."""
    is_right: bool
    is_drafted: bool = True
    """False: gold has it, and the draft lacks it."""


@dataclass(frozen=True, slots=True)
class FittedCalibration:
    calibration: Calibration
    figures: Mapping[str, Any]
    """Counts; and out of fold, over drafted items, how well it ranks and how near it is."""

    def as_json(self, model: str, book_sha256: str, learned_from: Sequence[str]) -> dict[str, Any]:
        """The content of the file that `tasks.core.answers.calibration` reads.

        Args:
            model: As `calibrated_name` says it.
        """
        fitted = self.calibration
        read = {"slope": fitted.slope, "intercept": fitted.intercept, "bars": dict(fitted.bars)}
        floors = {"doubt": fitted.doubt, "lacking": fitted.lacking}
        about = {"book_sha256": book_sha256, "learned_from": sorted(learned_from)}
        return {"model": model, **read, **floors, "figures": dict(self.figures), **about}


def fit_calibration(judged: Sequence[JudgedItem], fold_of: Mapping[str, int]) -> FittedCalibration:
    """Fit slope and intercept on everything; bars and figures are of items out of fold.

    What a draft lacks is always right, so a share of right ones that counts it is too high: it helps to
    find the slope, and the intercept, the bars and the figures are of drafted items alone.

    Args:
        fold_of: Document -> fold; near-duplicates in one.

    Raises:
        ConfigurationError: there is too little to learn from, or the model does not judge.
    """
    known = _understood(judged)
    drafted = known.of(known.is_drafted)
    _check_enough(drafted)
    slope, intercept = _fit(known)
    if slope <= 0:
        raise ConfigurationError(
            "what the model calls right is wrong more often than what it calls wrong "
            f"(slope {slope:.2f}): it cannot be a critic of these drafts"
        )
    folds = np.asarray([fold_of[name] for name in known.documents])
    rights = _out_of_fold(known, folds, (slope, intercept))[known.is_drafted]
    n_lacking = int((~known.is_drafted).sum())
    doubt = _best_doubt(rights, drafted.is_right, n_lacking)
    bars = promise_bars(rights, drafted.is_right, drafted.documents)
    fitted = Calibration(slope, intercept, doubt, max(_LACKING, doubt), bars)
    return FittedCalibration(fitted, _figures(judged, known, rights))


@dataclass(frozen=True, slots=True)
class _Known:
    """The items that got a label; all columns have one row for each."""

    documents: tuple[str, ...]
    shares: Floats
    is_right: np.ndarray
    is_drafted: np.ndarray

    @property
    def log_odds(self) -> Floats:
        return np.asarray([log_odds(share) for share in self.shares.tolist()])

    def of(self, chosen: np.ndarray) -> _Known:
        documents = tuple(name for name, is_in in zip(self.documents, chosen, strict=True) if is_in)
        return _Known(documents, self.shares[chosen], self.is_right[chosen], self.is_drafted[chosen])


def _understood(judged: Sequence[JudgedItem]) -> _Known:
    rows = [(j, j.share) for j in judged if j.share is not None]
    if 2 * len(rows) < len(judged):
        raise ConfigurationError(
            f"the model does not answer with a label: {len(judged) - len(rows)} of {counted(len(judged), 'item')} got none. "
            "Does it need another chat template (COUNTERSIGN_CHAT_TEMPLATE)?"
        )
    return _Known(
        tuple(item.document for item, _ in rows),
        np.asarray([share for _, share in rows], dtype=np.float64),
        np.asarray([item.is_right for item, _ in rows], dtype=np.bool_),
        np.asarray([item.is_drafted for item, _ in rows], dtype=np.bool_),
    )


def _check_enough(drafted: _Known) -> None:
    n, n_right = len(drafted.shares), int(drafted.is_right.sum())
    if n < LEAST_JUDGED or min(n_right, n - n_right) < LEAST_OF_EACH:
        raise ConfigurationError(
            f"there is too little to learn from: {n_right} right and {n - n_right} wrong items of drafts were judged, and {LEAST_JUDGED} are "
            f"needed with {LEAST_OF_EACH} of each. Add contracts to the error book (`countersign errors build`), or raise --limit."
        )
    if len(set(drafted.documents)) < 2:
        raise ConfigurationError(
            "all judged items are of one document: bars need others to be tried on. Add contracts to the error book (`countersign errors build`)."
        )


# ---------------------------------------------------------------- the two numbers


def _fit(known: _Known) -> tuple[float, float]:
    """Slope of all items, and the intercept of the drafted ones with it."""
    slope, _ = _newton(np.column_stack([known.log_odds, np.ones(len(known.shares))]), known.is_right)
    drafted = known.of(known.is_drafted)
    (intercept,) = _newton(np.ones((len(drafted.shares), 1)), drafted.is_right, slope * drafted.log_odds)
    return float(slope), float(intercept)


def _newton(columns: Floats, is_right: np.ndarray, offset: Floats | float = 0.0) -> Floats:
    """Logistic regression by Newton's method with halved steps.

    Targets are not 1 and 0 but a little less certain, so that data that a bar splits has a finite fit.

    Source: Platt, "Probabilistic outputs for support vector machines" (1999), section 2.2; Lin, Lin and
    Weng, "A note on Platt's probabilistic outputs" (2007).

    Shapes:
        columns [n, k]; is_right [n]; returns [k].
    """
    n_right = int(is_right.sum())
    high, low = (n_right + 1) / (n_right + 2), 1 / (len(is_right) - n_right + 2)
    targets = np.where(is_right, high, low)

    def loss(at: Floats) -> float:
        scores = columns @ at + offset
        return float((np.logaddexp(0.0, scores) - targets * scores).sum())

    weights = np.zeros(columns.shape[1])
    for _ in range(100):
        rights = 1 / (1 + np.exp(-np.clip(columns @ weights + offset, -500, 500)))
        gradient = columns.T @ (rights - targets)
        curvature = (columns * (rights * (1 - rights))[:, None]).T @ columns
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(weights)), gradient)
        size, before = 1.0, loss(weights)
        while size > 1e-6 and loss(weights - size * step) > before:
            size /= 2
        weights = weights - size * step
        if float(np.abs(size * step).max()) < 1e-9:
            break
    return weights


def _out_of_fold(known: _Known, folds: np.ndarray, whole: tuple[float, float]) -> Floats:
    """P(right) of each item by a fit that has not seen its fold.

    Args:
        whole: The fit on everything, for a fold without which one kind would be lacking.
    """
    rights = np.zeros(len(known.shares))
    for fold in np.unique(folds):
        other = known.of(folds != fold)
        right = other.is_right[other.is_drafted]
        slope, intercept = _fit(other) if right.any() and not right.all() else whole
        fitted = Calibration(slope, intercept)
        for i in np.flatnonzero(folds == fold).tolist():
            rights[i] = fitted.right(float(known.shares[i]))
    return rights


# ---------------------------------------------------------------- bars


def promise_bars(rights: Floats, is_right: np.ndarray, documents: Sequence[str]) -> dict[str, float | None]:
    """Promise, in percent -> the least probability from which on the share of right ones exceeds it.

    It exceeds it by a margin, so that the bar holds for documents that were not seen: Wilson's interval,
    and where items of one document are right or wrong together the spread of documents.
    """
    steps, lowest = _lower_bounds(rights, is_right, documents)
    bars: dict[str, float | None] = {}
    for promise in PROMISES:
        kept = steps[lowest >= promise / 100]
        bars[str(promise)] = math.floor(float(kept.min()) * 1e6) / 1e6 if len(kept) else None
    return bars


def _lower_bounds(rights: Floats, is_right: np.ndarray, documents: Sequence[str]) -> tuple[Floats, Floats]:
    """Bars, and what the share of right ones at or above each certainly is."""
    steps = np.unique(rights)
    if len(steps) > _MAX_STEPS:
        steps = steps[np.linspace(0, len(steps) - 1, _MAX_STEPS).astype(np.int64)]
    _, group = np.unique(np.asarray(documents), return_inverse=True)
    n_groups = int(group.max()) + 1 if len(group) else 0
    lowest = np.zeros(len(steps))
    for i, step in enumerate(steps.tolist()):
        kept = rights >= step
        sizes = np.bincount(group[kept], minlength=n_groups)
        hits = np.bincount(group[kept], weights=is_right[kept].astype(np.float64), minlength=n_groups)
        if sizes.sum() >= LEAST_VALUES:
            lowest[i] = _lower_bound(hits, sizes)
    return steps, lowest


def _lower_bound(hits: np.ndarray, sizes: np.ndarray) -> float:
    """The lower end of the share's interval, from right ones and items by document."""
    n, n_documents = float(sizes.sum()), int((sizes > 0).sum())
    share, z = float(hits.sum()) / n, _MARGIN
    # Source: Wilson, "Probable inference" (1927).
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    wilson = (share + z * z / (2 * n) - spread) / (1 + z * z / n)
    if n_documents < 2:
        return wilson
    # The ratio estimator of cluster sampling: Cochran, "Sampling techniques" (1977), section 2.11.
    variance = float(((hits - share * sizes) ** 2).sum()) * n_documents / (n_documents - 1) / (n * n)
    return min(wilson, share - z * math.sqrt(variance))


def _best_doubt(rights: Floats, is_right: np.ndarray, n_lacking: int) -> float:
    """The bar below which an item is doubted: that of best F1, as the native critic's."""

    def f1(bar: float) -> float:
        kept = rights >= bar
        n_right = int(is_right[kept].sum())
        return precision_recall_f1(n_right, int(kept.sum()), n_right, int(is_right.sum()) + n_lacking)[2]

    return max(_DOUBTS, key=f1)


# ---------------------------------------------------------------- figures


def _figures(judged: Sequence[JudgedItem], known: _Known, rights: Floats) -> dict[str, Any]:
    drafted, lacking = known.of(known.is_drafted), known.of(~known.is_drafted)
    truth = drafted.is_right.tolist()
    before = calibration(list(zip(drafted.shares.tolist(), truth, strict=True)))
    after = calibration(list(zip(rights.tolist(), truth, strict=True)))
    area = auroc(drafted.shares.tolist(), truth)
    assert before is not None and after is not None and area is not None  # enough of both was checked
    n_lacking = len(lacking.shares)
    return {
        "n_judged": len(judged),
        "n_documents": len(set(known.documents)),
        "n_drafted_right": sum(truth),
        "n_drafted_wrong": len(truth) - sum(truth),
        "n_lacking": n_lacking,
        "lacking_called_right": round(float((lacking.shares >= 0.5).mean()), 4) if n_lacking else None,
        "not_understood": round(1 - len(known.shares) / len(judged), 4),
        "auroc": round(area, 4),
        "brier_before": round(before.brier, 4),
        "brier_after": round(after.brier, 4),
        "expected_error_before": round(before.expected_error, 4),
        "expected_error_after": round(after.expected_error, 4),
    }
