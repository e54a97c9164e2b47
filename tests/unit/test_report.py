"""What a batch's report says of cost."""

import re

import pytest

from tasks.core.cost.costs import Cost, CostLine, CostShare, cost_in_words
from tasks.core.records import Stage
from tasks.documents import Outcome, OutcomeStatus
from tasks.report import _row, batch_cost, batch_markdown, by_need, evidence_key, summary


def outcome(
    key: str, tokens_in: int, round_number: int = 1, status: OutcomeStatus = OutcomeStatus.DONE
) -> Outcome:
    line = CostLine("llm/1", Stage.GENERATE, round_number, 1, 2.0, tokens_in, 10, 0, tokens_in / 1e6)
    return Outcome(key=key, schema_name="cv", status=status, cost=Cost((line,), "EUR"))


def test_batch_costs_what_its_documents_cost():
    batch = batch_cost([outcome("a", 1000), outcome("b", 500), outcome("b", 300, round_number=2)])
    assert (batch.total.tokens_in, batch.total.seconds, batch.currency) == (1800, 6.0, "EUR")
    assert batch.added_by(CostShare.REGENERATION) == pytest.approx(0.2)
    assert "regeneration 20%" in cost_in_words(batch)


def test_document_that_was_not_worked_on_costs_nothing():
    idle = Outcome(key="a", schema_name="cv", status=OutcomeStatus.UNCHANGED)
    assert batch_cost([idle]) == Cost()
    assert (_row(idle)["tokens"], _row(idle)["money"]) == ("", "")


def test_table_names_what_the_reader_says_of_a_file():
    seen = outcome("a", 1000).model_copy(update={"flags": ("encrypted", "redline")})
    assert _row(seen)["flags"] == "encrypted, redline"


def test_table_has_tokens_and_money_of_every_document():
    row = _row(outcome("a", 1000))
    assert (row["tokens"], row["money"]) == (1010, 0.001)
    assert summary([outcome("a", 1000)]).startswith("1 document: 1 done")


HOSTILE = "[x](javascript:alert(1)) | `a` <img src=x>.pdf"


def ended(key: str, status: OutcomeStatus = OutcomeStatus.DONE, **more: object) -> Outcome:
    return Outcome.model_validate({"key": key, "schema_name": "cv", "status": status, **more})


def test_documents_that_need_a_look_come_first_and_then_the_most_unsettled():
    done = [ended("a", n_unsettled=1), ended("b", n_unsettled=7), ended("c"), ended("d", n_rejected=2)]
    others = [ended(status.value, status) for status in OutcomeStatus if status is not OutcomeStatus.DONE]
    keys = [outcome.key for outcome in by_need([*done, *others])]
    assert keys == [
        "failed",
        "quarantined",
        "withheld",
        "unsettled",
        "postponed",
        "b",
        "a",
        "d",
        "c",
        "unchanged",
    ]


def test_summary_says_what_happened_what_needs_a_look_and_what_to_do():
    failed = ended("a.pdf", OutcomeStatus.FAILED, reason="TritonUnavailable: no answer")
    unsettled = ended("b.pdf", n_unsettled=3, n_verified=9, evidence="https://s3/b.html")
    text = batch_markdown(by_need([unsettled, failed]))
    assert r"2 documents\: 1 done" in text
    assert "| failed | 1 | ████████████████████████ |" in text
    assert r"- `a.pdf`: failed (TritonUnavailable\: no answer)" in text
    assert "- `b.pdf`: done, 3 unsettled values; [evidence page](https://s3/b.html)" in text
    assert text.index("a.pdf") < text.index("b.pdf") < text.index("What to do") < text.index("Failed: read")
    assert "Quarantined:" not in text, "advice is given only for what happened"


def test_batch_in_which_all_went_well_says_so():
    assert batch_markdown([ended("a", n_verified=1)]).endswith("Nothing needs a look.")


def test_long_batch_lists_the_first_and_counts_the_others():
    text = batch_markdown(by_need([ended(f"{n}.pdf", OutcomeStatus.FAILED) for n in range(30)]))
    assert text.count("\n- `") == 20
    assert "- and 10 more" in text


def test_key_from_outside_is_shown_literally_in_the_summary():
    text = batch_markdown([ended(HOSTILE, OutcomeStatus.FAILED, reason=HOSTILE)])
    line = next(line for line in text.splitlines() if line.startswith("- "))
    assert line.startswith(f"- ``{HOSTILE}``: failed (")
    assert r"\[x\]\(javascript\:alert\(1\)\)" in line, "the reason is prose: every mark is escaped"


def test_link_of_a_document_has_a_key_that_prefect_takes_and_keeps():
    outcome = ended("inbox/Ärger & [x](y)/MSA_2020 (final)" + "x" * 200 + ".pdf")
    key = evidence_key(outcome)
    assert re.fullmatch(r"evidence-[a-z0-9-]{1,60}", key)
    assert key == evidence_key(outcome.model_copy(update={"status": OutcomeStatus.FAILED}))
    assert key != evidence_key(outcome.model_copy(update={"schema_name": "cuad"}))
    assert re.fullmatch(r"evidence-[0-9a-f]{8}", evidence_key(ended("合同")))
