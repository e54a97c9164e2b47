"""A changed prompt is another run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.core.prompts import scene, texts
from tasks.core.prompts.digest import prompts_digest, with_prompts_version
from tasks.core.prompts.limits import AskLimits
from tasks.core.records import ModelIdentity

LIMITS = AskLimits()


@pytest.fixture
def without_cache() -> Iterator[None]:
    prompts_digest.cache_clear()
    yield
    prompts_digest.cache_clear()
    scene._rules.cache_clear()


def test_identity_carries_version_and_digest_of_the_prompts():
    identity = with_prompts_version(ModelIdentity("qwen", "1-abcdef123456"), LIMITS)
    assert identity == ModelIdentity(
        "qwen", f"1-abcdef123456+prompts-{texts.PROMPTS_VERSION}-{prompts_digest(LIMITS)[:8]}"
    )


def test_other_groups_are_other_prompts():
    assert prompts_digest(AskLimits(max_fields=5)) != prompts_digest(LIMITS)


@pytest.mark.usefixtures("without_cache")
def test_change_of_a_file_is_another_digest(monkeypatch: pytest.MonkeyPatch):
    before = prompts_digest(LIMITS)
    prompts_digest.cache_clear()
    monkeypatch.setattr("tasks.core.prompts.digest.files", lambda: iter([("generate.en.md", b"other")]))
    assert prompts_digest(LIMITS) != before


@pytest.mark.usefixtures("without_cache")
def test_another_text_of_a_field_is_another_digest(monkeypatch: pytest.MonkeyPatch):
    before = prompts_digest(LIMITS)
    prompts_digest.cache_clear()
    monkeypatch.setattr(scene, "_MAX_EXAMPLES", 0)
    scene._rules.cache_clear()
    assert prompts_digest(LIMITS) != before


def test_both_languages_have_every_text_and_word():
    names = {name.replace(".en.", ".").replace(".zh.", ".") for name, _ in texts.files()}
    assert len(list(texts.files())) == 2 * len(names)
    english, chinese = (texts.words(language) for language in texts.Language)
    assert {g: set(w) for g, w in english.items()} == {g: set(w) for g, w in chinese.items()}
