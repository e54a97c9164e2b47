"""Parts that somebody else runs: asked once, with a deadline, whether they can be used."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from infra.stack.part import Part
from infra.stack.start import Progress


def check(parts: Collection[Part], progress: Progress) -> None:
    """TODO"""


def address(part: Part, env: Mapping[str, str]) -> str:
    return ""
