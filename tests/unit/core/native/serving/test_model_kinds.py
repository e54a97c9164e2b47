"""A version folder's card says which class it is, and a served model hands it out."""

import json
from pathlib import Path

import pytest

from tasks.core.errors import ConfigurationError
from tasks.core.native.serving.answer import answer_batch
from tasks.core.native.serving.model_kinds import KINDS, kind_of, load_native
from tests.unit.core.native.scenes import MODELS


@pytest.mark.parametrize("name", KINDS)
def test_a_shipped_folder_loads_as_what_its_card_says(name: str) -> None:
    folder = MODELS / name / "1"
    assert kind_of(folder) == name and load_native(folder).name == name


@pytest.mark.parametrize("card", ['{"model": "wizard"}', "{}", "[]", "nonsense", None])
def test_a_folder_without_a_kind_of_ours_is_refused(card: str | None, tmp_path: Path) -> None:
    if card is not None:
        (tmp_path / "card.json").write_text(card)
    with pytest.raises(ConfigurationError, match=r"card\.json"):
        load_native(tmp_path)


def test_the_card_is_handed_out_as_it_is() -> None:
    model, card = load_native(MODELS / "fewshot/1"), {"model": "fewshot", "learned_from": ["a"]}
    assert [json.loads(a) for a in answer_batch(model, ['{"task": "card"}'], card)] == [card]
    assert [json.loads(a) for a in answer_batch(model, ['{"task": "card"}'])] == [{}]
