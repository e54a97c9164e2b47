"""Names of flow runs and task runs that carry keys and prefixes, which come from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# `prefect flow-run ls` and `task-run ls` of Prefect 3.9.1 read names as Rich markup: `[signed] lease.pdf` loses a
# word, and one with `[/b]` ends the command in a traceback.
_BRACKETS = str.maketrans("[]", "()")


def run_name(text: str) -> str:
    """A text as a run's name, with round brackets for square ones."""
    return text.translate(_BRACKETS)


def named(template: str) -> Any:
    """The `task_run_name` for a template over the task's parameters.

    `Any`: Prefect 3.9.1 takes such a function, and its own type of it fits none.
    """

    def name(parameters: Mapping[str, Any]) -> str:
        return run_name(template.format(**parameters))

    return name
