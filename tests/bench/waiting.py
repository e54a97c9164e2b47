"""The model that only waits (`tests/triton_models/waiting`), served with a number of slots, and how busy they were."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

NAME = "waiting"
_SOURCE = Path(__file__).parents[1] / "triton_models" / NAME


@dataclass(frozen=True, slots=True)
class Calls:
    """When slots were in use, each (begun, ended), told by the model itself."""

    spans: list[tuple[float, float]]

    @property
    def span_s(self) -> float:
        return max(e for _, e in self.spans) - min(b for b, _ in self.spans)

    def share_busy(self, n_slots: int) -> float:
        """Of all slots, from the first call's begin to the last one's end."""
        return sum(e - b for b, e in self.spans) / (n_slots * self.span_s)

    def share_busy_while_supplied(self, n_slots: int) -> float:
        """The same without the end of the work, when there are fewer calls left than slots."""
        begun = sorted(b for b, _ in self.spans)
        until = begun[-n_slots] if len(begun) > n_slots else begun[-1]
        used = sum(min(e, until) - b for b, e in self.spans if b < until)
        return used / (n_slots * (until - begun[0]))

    def most_at_once(self) -> int:
        steps = sorted([(b, 1) for b, _ in self.spans] + [(e, -1) for _, e in self.spans])
        most = at_once = 0
        for _, step in steps:
            at_once += step
            most = max(most, at_once)
        return most

    def longest_gap_s(self) -> float:
        """Between the beginnings of two calls."""
        begun = sorted(b for b, _ in self.spans)
        return max((two - one for one, two in pairwise(begun)), default=0.0)


class Waiting:
    """The model in a stack's Triton."""

    def __init__(self, repository: Path, url: str) -> None:
        self._folder, self._url = repository / NAME, url

    def serve(self, n_slots: int, latency_s: float) -> None:
        """Load it anew; what it told of earlier calls is gone."""
        from tasks.triton.model_control import load_model, unload_model

        if self._folder.exists():
            unload_model(self._url, NAME)
            shutil.rmtree(self._folder)
        shutil.copytree(_SOURCE, self._folder)
        config = (self._folder / "config.pbtxt").read_text()
        for key, value in (("latency_s", latency_s), ("slots", n_slots)):
            config = re.sub(rf'(key: "{key}" value {{ string_value: )"[^"]*"', rf'\g<1>"{value}"', config)
        (self._folder / "config.pbtxt").write_text(config)
        load_model(self._url, NAME)

    def calls(self) -> Calls:
        """Of all since it was loaded."""
        lines = (self._folder / "1" / "calls").read_text().splitlines()
        return Calls([(float(b), float(e)) for b, e in (line.split() for line in lines)])

    def forget(self) -> None:
        (self._folder / "1" / "calls").write_text("")
