"""A language model as critic judges the items of an error book, as in a run: by labels, one call for each item.

Requires:
    Triton with the model. Nothing is stored: a calibration is written when all is judged.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core.errors import ConfigurationError, ModelOutputInvalid, SchemaError
from tasks.core.prompts.critic import CriticCall, judge_calls
from tasks.core.prompts.limits import AskLimits
from tasks.core.schema import FieldType, Schema, load_schema
from tasks.core.wire.critic_questions import RIGHT_LABEL
from tasks.learning.labelled import read_rows
from tasks.learning.training.fit_calibration import N_FOLDS, JudgedItem
from tasks.learning.training.folds import alike, deal_folds
from tasks.runtime.concurrency import gather_or_raise
from tasks.triton import TritonClient
from tasks.verify.model_calls import LanguageCaller, model_caller

_MISSING = "missing"
_IS_RIGHT = {"correct": True, _MISSING: True, "redundant": False, "boundary": False}
_HINT = "An error book is written by `countersign errors export --format book`."

Line = Mapping[str, Any]
"""A line of the book: a chunk with its entries (`tasks.core.error_book.chunk_lines`)."""


@dataclass(frozen=True, slots=True)
class CalibrationBook:
    """The lines that are judged, with their schemas."""

    lines: tuple[Line, ...]
    schemas: Mapping[str, Schema]
    fold_of: Mapping[str, int]
    """Document -> fold; near-duplicates in one."""
    sha256: str

    @property
    def documents(self) -> tuple[str, ...]:
        return tuple(sorted({line["document"] for line in self.lines}))

    @property
    def n_items(self) -> int:
        return sum(len(_entries(line, self.schemas[line["schema"]])) for line in self.lines)

    def calls(self, limits: AskLimits) -> Iterator[tuple[CriticCall, Mapping[str, Any], str]]:
        """Every question with its entry and document. Those about a chunk come together: a prefix cache reads it once."""
        for line in self.lines:
            schema = self.schemas[line["schema"]]
            entries = _entries(line, schema)
            # What is lacking has no value, in a run, too.
            rows = [{**e, "value": e["quote"]} if e["kind"] == _MISSING else e for e in entries]
            calls = judge_calls(schema, line["chunk"], list(enumerate(rows)), limits) if rows else []
            for call, entry in zip(calls, entries, strict=True):
                yield call, entry, line["document"]


def read_book(path: Path, schemas: Sequence[Schema], limit: int | None) -> CalibrationBook:
    """The lines of a book that are judged: all, or as many chunks, drawn by their digest, as have `limit` items.

    Args:
        schemas: Those of the book that are not built in.

    Raises:
        ConfigurationError: it is no error book, has no items, or a schema is not known.
    """
    lines = list(read_rows(path, _checked, _HINT))
    known = {schema.name: schema for schema in schemas}
    for name in sorted({line["schema"] for line in lines} - known.keys()):
        known[name] = _built_in(name, path)
    chosen = _drawn([line for line in lines if _entries(line, known[line["schema"]])], known, limit)
    if not chosen:
        raise ConfigurationError(f"{path} holds nothing that can be judged. {_HINT}")
    texts: dict[str, list[str]] = defaultdict(list)
    for line in chosen:
        texts[line["document"]] += [passage["text"] for passage in line["chunk"]["passages"]]
    twins = alike({name: "\n".join(passages) for name, passages in texts.items()})
    fold_of = deal_folds(sorted(texts), twins, N_FOLDS, seed=0)
    return CalibrationBook(tuple(chosen), known, fold_of, hashlib.sha256(path.read_bytes()).hexdigest())


def _checked(line: dict[str, Any]) -> dict[str, Any]:
    """The line itself.

    Raises:
        KeyError, TypeError: a part is missing.
    """
    parts = [line[key] for key in ("document", "schema")]
    parts += [passage[key] for passage in line["chunk"]["passages"] for key in ("text", "kind")]
    parts += [entry[key] for entry in line["entries"] for key in ("field", "value", "quote")]
    if not all(isinstance(part, str) for part in parts) or any(
        entry["kind"] not in _IS_RIGHT for entry in line["entries"]
    ):
        raise ValueError("no line of an error book")
    return line


def _built_in(name: str, path: Path) -> Schema:
    try:
        return load_schema(name)
    except SchemaError as error:
        raise ConfigurationError(
            f"{path} has drafts by the schema `{name}`, which is not built in: give its file with --schema FILE"
        ) from error


def _entries(line: Line, schema: Schema) -> list[Mapping[str, Any]]:
    """Entries that a run would ask about in the same words: a record's parts are not in the book."""
    names = {field.name for field in schema.fields if field.type is not FieldType.RECORD}
    return [e for e in line["entries"] if e["field"] in names and e["quote"].strip()]


def _drawn(lines: Sequence[Line], schemas: Mapping[str, Schema], limit: int | None) -> list[Line]:
    """In the book's order."""
    if limit is None:
        return list(lines)
    drawn: set[int] = set()
    n_items = 0
    for number in sorted(range(len(lines)), key=lambda n: _draw(lines[n])):
        if n_items >= limit:
            break
        drawn.add(number)
        n_items += len(_entries(lines[number], schemas[lines[number]["schema"]]))
    return [line for number, line in enumerate(lines) if number in drawn]


def _draw(line: Line) -> str:
    place = f"{line['document']}\0{line['chunk'].get('index')}\0{line.get('generator')}"
    return hashlib.sha256(place.encode()).hexdigest()


async def labelled_critic(client: TritonClient, model: str, limits: AskLimits) -> LanguageCaller:
    """The served model, if it can judge by labels.

    Raises:
        ConfigurationError: it is a native model, or its server gives no logprobs.
        ModelError: it is not served, or the server does not answer.
    """
    caller = await model_caller(client, model, limits)
    if not isinstance(caller, LanguageCaller):
        raise ConfigurationError(
            f"`{model}` is a native model, whose probabilities are calibrated when it is trained: name a language model with --critic NAME"
        )
    if not caller.served.gives_logprobs:
        raise ConfigurationError(
            f"the server of `{model}` gives no logprobs, so it judges in words alone, which have no probability (docs/language-models.md)"
        )
    return caller


async def judge_book(
    critic: LanguageCaller, book: CalibrationBook, at_once: int, on_item: Callable[[], object]
) -> list[JudgedItem]:
    """Ask about every item.

    Raises:
        ModelError: the server failed.
        ModelOutputInvalid: more than half of the calls failed.
    """
    judged: dict[int, JudgedItem] = {}
    n_failed = 0
    calls = enumerate(book.calls(critic.limits))

    async def work() -> None:
        # Workers share one iterator: no more prompts exist at once than are asked.
        nonlocal n_failed
        for number, (call, entry, document) in calls:
            shares = await critic.judge(call, f"calibrate-{number}")
            n_failed += shares is None
            share = shares.share(RIGHT_LABEL) if shares is not None and shares.is_understood else None
            kind = entry["kind"]
            judged[number] = JudgedItem(document, share, _IS_RIGHT[kind], kind != _MISSING)
            on_item()

    await gather_or_raise(work() for _ in range(at_once))
    if 2 * n_failed > len(judged):
        raise ModelOutputInvalid(
            f"model {critic.served.identity.name} gave no answer with logprobs to {n_failed} of {len(judged)} questions"
        )
    return [judged[number] for number in sorted(judged)]
