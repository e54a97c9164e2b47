"""A duration through the whole loop: drafted near its cue, verified, and given a normal form."""

from __future__ import annotations

import pytest

from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.native.critic.critic import Critic
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.in_process import play
from tasks.core.records import Extraction, ExtractionStatus, Reading, ReadStatus
from tasks.core.schema import parse_schema
from tasks.core.values.forms import normal_form
from tests.unit.core.builders import body_chunk, page
from tests.unit.core.native.scenes import MODELS

GENERATOR, CRITIC = Generator.load(MODELS / "generator/1"), Critic.load(MODELS / "critic/1")
LEASE = parse_schema(
    """
name: notice
title: Notice
languages: [en, zh]
fields:
  - name: notice_period
    title: Notice period / 通知期限
    description: How long before the end of the lease notice has to be given. The time for payment does not count.
    type: duration
    cues: [prior written notice, notice period, 通知期限, '/提前(.{2,12}?)书面通知/']
""",
    "notice.yaml",
)
PROMISE = 0.6
"""Two sentences say too little for the default promise."""
ENGLISH = (
    "4. PAYMENT\n\nThe rent falls due within ten (10) business days of the invoice.\n\n"
    "9. TERMINATION\n\nEither party may end this lease upon ninety (90) days' prior written notice to the other.\n"
)
CHINESE = (
    "第四条 租金应于收到发票后十个工作日内支付。\n\n第九条 任何一方可提前三十日书面通知对方解除本合同。\n"
)


def extracted(text: str, promise: float = PROMISE) -> tuple[Extraction, ...]:
    reading = Reading(ReadStatus.OK, None, (), 1, text, (page(1, 0, len(text)),), (), (), "test")
    state, _ = play(RunInput(reading, (body_chunk(text),), LEASE), GENERATOR, CRITIC, 3, promise=promise)
    return results_of(state.by_chunk, LEASE).extractions


@pytest.mark.parametrize(
    ("text", "value", "normal"), [(ENGLISH, "ninety (90) days", "P90D"), (CHINESE, "三十日", "P30D")]
)
def test_a_duration_is_verified_near_its_cue_and_has_a_normal_form(
    text: str, value: str, normal: str
) -> None:
    rows = extracted(text)
    assert [(e.value, e.status) for e in rows] == [(value, ExtractionStatus.VERIFIED)]
    assert normal_form(LEASE.field("notice_period"), rows[0].value) == normal
    assert value in rows[0].quote


def test_a_duration_from_another_sentence_is_not_countersigned() -> None:
    text = "The rent falls due within ten days. Either party may end this lease upon prior written notice."
    assert all(e.status is not ExtractionStatus.VERIFIED for e in extracted(text, promise=0.9))
