"""What the stages of `page_pieces` look at: a page's letters, drawing and annotations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.core.reading.drawing import Drawing
from tasks.core.reading.seen.annotations import Annotation
from tasks.core.reading.seen.forms.filled_values import FilledPage
from tasks.core.reading.text_runs import PageText


@dataclass(slots=True)
class DrawnPage:
    """One page while its text page is open."""

    page: Any
    """pdfium's handle."""
    text: PageText
    drawing: Drawing
    """In user space: `text.upright.turn` turns a box."""
    annotations: Sequence[Annotation]
    """In user space."""
    filled: FilledPage
    """What fields and free texts show, in user space."""
    flags: set[str] = field(default_factory=set[str])
    """What a stage has to tell of the page, for the document's flags."""
