"""What a person decided about exported values: the rows of an export, by their reviews or by a column `right`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tasks.core.errors import ConfigurationError
from tasks.core.loop.settlement import is_decided_by_bar
from tasks.core.native.own.candidates import READ_BY_EVIDENCE
from tasks.core.records import ExtractionStatus
from tasks.core.schema import Schema
from tasks.core.statistics.promised_bar import ScoredValue
from tasks.core.text.display import one_line

_WORDS = {
    **dict.fromkeys(("true", "yes", "right", "1"), True),
    **dict.fromkeys(("false", "no", "wrong", "0"), False),
    "": None,
}
_NEEDED = ("field", "status", "score", "reason", "right")
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Decisions:
    """The values of a schema's export whose probability decides, and what was left out."""

    values: tuple[ScoredValue, ...]
    critics: tuple[str, ...]
    """Which critics judged those that a person decided."""
    n_other: int
    """Rows of other fields, and of values that no bar would change."""

    @property
    def n_decided(self) -> int:
        return sum(v.is_right is not None for v in self.values)


def read_decisions(file: Path, schema: Schema) -> Decisions:
    """
    Raises:
        ConfigurationError: the file is no export, or a line has another word than true or false.
    """
    names = {f.name for f in schema.fields if f.trained_as is None and f.type in READ_BY_EVIDENCE}
    values: list[ScoredValue] = []
    critics: set[str] = set()
    n_other = 0
    for number, row in _rows(file):
        if row.get("review") and not row["review"].get("found"):
            n_other += 1  # words that a person gave: no critic judged them
            continue
        is_right = _is_right(row, f"{file}:{number}")
        score = _score(row, f"{file}:{number}")
        status = _status(row, f"{file}:{number}")
        if row["field"] not in names or score is None or not is_decided_by_bar(status, row["reason"] or ""):
            n_other += 1
            continue
        values.append(ScoredValue(score, is_right))
        if is_right is not None and row.get("critic"):
            critics.add(str(row["critic"]))
    return Decisions(tuple(values), tuple(sorted(critics)), n_other)


def _rows(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The rows with their line numbers."""
    try:
        text = file.read_text(encoding="utf-8-sig")  # spreadsheets write a byte order mark
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file} is not UTF-8 text: save it as CSV in UTF-8") from error
    rows = _json_rows(file, text) if text.lstrip().startswith("{") else _csv_rows(text)
    for number, row in rows:
        if "review" in row:
            row = {"right": "", **row, "review": _review(row["review"])}
        if missing := [key for key in _NEEDED if key not in row]:
            raise ConfigurationError(
                f"{file}:{number}: no column `{missing[0]}`. Take the rows of `countersign export` and add a column `right` "
                "with true or false."
            )
        yield number, row


def _json_rows(file: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ConfigurationError(f"{file}:{number}: not a JSON object") from error
            if not isinstance(row, dict):
                raise ConfigurationError(f"{file}:{number}: not a JSON object")
            # A row without decision need not say so.
            yield number, {"right": None, **cast("dict[str, Any]", row)}


def _csv_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    head = text.partition("\n")[0]
    lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=head.count))
    for row in lines:
        yield lines.line_num, row


def _review(cell: object) -> Mapping[str, Any] | None:
    """What the export says of a person's decision; in CSV it is JSON."""
    try:
        said = json.loads(cell) if isinstance(cell, str) and cell else cell
    except ValueError:
        return None
    return cast("dict[str, Any]", said) if isinstance(said, dict) else None


def _is_right(row: Mapping[str, Any], where: str) -> bool | None:
    word = "" if row["right"] is None else str(row["right"]).strip().casefold()
    if word not in _WORDS:
        raise ConfigurationError(
            f"{where}: `right` cannot be `{one_line(word, 40)}`: write true or false, or leave it empty"
        )
    if not word and row.get("review"):
        return {"accepted": True, "rejected": False}.get(str(row["status"]))
    return _WORDS[word]


def _score(row: Mapping[str, Any], where: str) -> float | None:
    if row["score"] in (None, ""):
        return None
    try:
        # A spreadsheet may write the decimal comma of its country.
        return float(str(row["score"]).replace(",", "."))
    except ValueError as error:
        raise ConfigurationError(
            f"{where}: `score` is no number: leave the columns of the export as they are"
        ) from error


def _status(row: Mapping[str, Any], where: str) -> ExtractionStatus:
    review = row.get("review")
    try:
        return ExtractionStatus(str(review["found"] if review else row["status"]))
    except ValueError as error:
        raise ConfigurationError(
            f"{where}: `status` is none of an export: leave its columns as they are"
        ) from error
