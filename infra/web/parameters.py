"""The parameters of a board: read from the address, checked against their bounds, shown as a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.web.data import BoardData
from infra.web.words import WordList
from tasks.postgres.panels import Board, BoardParameter

MAX_TEXT = 1024
"""The longest key that S3 takes. Source: Amazon S3 user guide, "Naming Amazon S3 objects"."""
SHORT = {"schema_name": "schema", "run_id": "run"}
"""How a parameter is called in an address, where it is not by its own name."""
CHOSEN = ("schema_name", "field")
"""Chosen from what the database knows."""


class BadParameter(Exception):
    """A parameter that no page takes. `reason` is a name in the table `error` of the words."""

    def __init__(self, parameter: str, reason: str, **values: object) -> None:
        super().__init__(f"{parameter}: {reason}")
        self.reason, self.values = reason, {"parameter": parameter, **values}


@dataclass(frozen=True, slots=True)
class BoardField:
    """One field of a board's form. Empty stands for what is usual for each panel."""

    name: str
    """As the address calls it."""
    title: str
    value: str
    usual: str = ""
    at_most: int = 0
    """Of a number; 0: it is a text."""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BoardForm:
    fields: tuple[BoardField, ...]
    chosen: Mapping[str, int | str]
    """By the names of the queries; what the address does not give is absent."""


def form_of(board: Board, given: Mapping[str, str], data: BoardData, words: WordList) -> BoardForm:
    """The form of a board, with what the address gives.

    Raises:
        BadParameter: a value is no number, out of bounds, too long, or not known.
    """
    chosen: dict[str, int | str] = {}
    fields: list[BoardField] = []
    for parameter, usual in _parameters(board).items():
        short = SHORT.get(parameter.name, parameter.name)
        text = plain_text(short, given.get(short, "").strip())
        if text:
            chosen[parameter.name] = _read(parameter, short, text)
        is_chosen = parameter.name in CHOSEN
        choices = data.choices(parameter.name, str(chosen.get("schema_name", ""))) if is_chosen else ()
        if text and choices and text not in choices:
            raise BadParameter(short, "not_known")
        title = words.either(parameter.title, parameter.title_zh)
        most = parameter.at_most if parameter.kind == "number" else 0
        fields.append(BoardField(short, title, text, usual, most, tuple(choices)))
    return BoardForm(tuple(fields), chosen)


def plain_text(name: str, text: str) -> str:
    """A text that may be a name.

    Raises:
        BadParameter: it is too long, or holds characters that no name has.
    """
    if len(text) > MAX_TEXT:
        raise BadParameter(name, "too_long", most=MAX_TEXT)
    if any(ord(char) < 32 for char in text):
        raise BadParameter(name, "not_text")
    return text


def whole_number(name: str, text: str, low: int, high: int) -> int:
    """The number in a text.

    Raises:
        BadParameter: it is no number or out of bounds.
    """
    if not (text.isascii() and text.isdigit() and low <= int(text[:9]) <= high):
        raise BadParameter(name, "not_in_bounds", low=low, high=high)
    return int(text[:9])


def _read(parameter: BoardParameter, short: str, text: str) -> int | str:
    if parameter.kind == "number":
        return whole_number(short, text, 1, parameter.at_most)
    try:
        return parameter.read(text)
    except ValueError:
        raise BadParameter(short, "not_a_run") from None


def _parameters(board: Board) -> dict[BoardParameter, str]:
    """Each parameter of a board once, with what is usual for it on this board: the schema first, for fields depend on it."""
    found: dict[str, list[BoardParameter]] = {}
    for panel in board.panels:
        for parameter in panel.parameters:
            found.setdefault(parameter.name, []).append(parameter)
    order = ("schema_name", "field", "key", "run_id")
    names = sorted(found, key=lambda name: order.index(name) if name in order else len(order))
    return {found[name][0]: _usual(found[name]) for name in names}


def _usual(parameters: list[BoardParameter]) -> str:
    usual = [parameter.default for parameter in parameters]
    numbers = sorted({int(default) for default in usual if isinstance(default, int)})
    return "–".join(map(str, dict.fromkeys((numbers[0], numbers[-1])))) if numbers else ""
