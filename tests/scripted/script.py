"""A scripted model as a file: what lies beside the model that Triton serves."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from tests.scripted.critic import ScriptedCritic
from tests.scripted.dice import Dice
from tests.scripted.generator import ScriptedGenerator
from tests.scripted.habits import CriticHabits, Habits
from tests.scripted.truth import truth_of

FILE = "script.json"


def write_script(model: ScriptedGenerator | ScriptedCritic, folder: Path) -> None:
    role = "generator" if isinstance(model, ScriptedGenerator) else "critic"
    text = json.dumps({"role": role, **asdict(model)}, ensure_ascii=False, indent=1)
    (folder / FILE).write_text(text, encoding="utf-8")


def read_script(folder: Path) -> ScriptedGenerator | ScriptedCritic:
    body = json.loads((folder / FILE).read_text(encoding="utf-8"))
    truth, dice = truth_of(body["truth"]), Dice(**body["dice"])
    if body["role"] == "critic":
        return ScriptedCritic(truth, CriticHabits(**body["habits"]), dice)
    return ScriptedGenerator(truth, Habits(**body["habits"]), dice)
