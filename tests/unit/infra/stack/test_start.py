"""What a part waits for before it is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.stack import EMBEDDED
from infra.stack.service import StackPart
from infra.stack.start import _Start
from infra.stack.state import StackState


def test_a_part_does_not_wait_for_what_the_environment_provides(tmp_path: Path):
    web = EMBEDDED[StackPart.WEB]
    start = _Start({StackPart.WEB: web}, StackState(tmp_path), lambda: None, lambda *_: None)
    start._wait_for_needs(web)


def test_a_change_of_a_setting_starts_the_web_application_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    state = StackState(tmp_path, ports={"web": 20000})
    before = EMBEDDED[StackPart.WEB].launch(state).reads
    monkeypatch.setenv("COUNTERSIGN_WEB_HOSTS", "boards.example.com")
    assert EMBEDDED[StackPart.WEB].launch(state).reads != before
