"""What a newer run changed, and why."""

from dataclasses import replace

import pytest

from tasks.core.backfill.changes import Cause, ChangeKind, ReviewedValue, causes, changes, disagreements
from tasks.core.records import (
    DocumentId,
    Extraction,
    ExtractionStatus,
    FieldName,
    ModelIdentity,
    RunIdentity,
    SchemaDigest,
)

_RUN = RunIdentity(
    DocumentId("d"), SchemaDigest("s"), ModelIdentity("g", "1"), ModelIdentity("c", "1"), "reader-1", 3
)
_VERIFIED, _UNSETTLED = ExtractionStatus.VERIFIED, ExtractionStatus.UNSETTLED


def _value(value: str, status: ExtractionStatus = _VERIFIED, normal: str | None = None) -> Extraction:
    return Extraction(0, FieldName("term"), status, value, value, None, 1, None, "", normal)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (_RUN, (Cause.SAME_INPUTS,)),
        (replace(_RUN, schema_digest=SchemaDigest("t")), (Cause.SCHEMA,)),
        (replace(_RUN, generator=ModelIdentity("g", "2")), (Cause.GENERATOR,)),
        (replace(_RUN, critic=None), (Cause.CRITIC,)),
        (replace(_RUN, reader_version="reader-2"), (Cause.READER,)),
        (replace(_RUN, max_rounds=1), (Cause.ROUNDS,)),
        (replace(_RUN, promise=0.9), (Cause.PROMISE,)),
        (replace(_RUN, critic=None, reader_version="reader-2"), (Cause.CRITIC, Cause.READER)),
        (replace(_RUN, document_id=DocumentId("e")), (Cause.CONTENT,)),
        (replace(_RUN, document_id=DocumentId("e"), max_rounds=1), (Cause.CONTENT, Cause.ROUNDS)),
    ],
)
def test_every_difference_of_two_runs_is_a_cause(after: RunIdentity, expected: tuple[Cause, ...]) -> None:
    assert causes(_RUN, after) == expected


def test_same_values_in_another_order_change_nothing() -> None:
    assert changes([_value("a"), _value("b")], [_value("b"), _value("a")]) == ()


def test_another_wording_of_the_same_normal_form_changes_nothing() -> None:
    assert (
        changes([_value("1 May 2020", normal="2020-05-01")], [_value("May 1, 2020", normal="2020-05-01")])
        == ()
    )


def test_another_value_is_one_lost_and_one_gained() -> None:
    found = changes([_value("a")], [_value("b")])
    assert [(c.kind, c.value, c.before, c.after) for c in found] == [
        (ChangeKind.LOST, "a", _VERIFIED, None),
        (ChangeKind.GAINED, "b", None, _VERIFIED),
    ]


def test_another_status_of_the_same_value_is_one_change() -> None:
    found = changes([_value("a")], [_value("a", _UNSETTLED)])
    assert [(c.kind, c.before, c.after) for c in found] == [(ChangeKind.STATUS, _VERIFIED, _UNSETTLED)]


def test_how_often_a_value_is_said_is_no_change() -> None:
    assert changes([_value("a"), _value("a")], [_value("a")]) == ()
    assert changes([_value("a"), _value("a", _UNSETTLED)], [_value("a")]) == ()


def test_best_status_of_a_value_with_several_rows_is_compared() -> None:
    found = changes([_value("a", _UNSETTLED)], [_value("a"), _value("a", _UNSETTLED)])
    assert [(c.kind, c.before, c.after) for c in found] == [(ChangeKind.STATUS, _UNSETTLED, _VERIFIED)]


def _said(is_right: bool, value: str | None, normal: str | None = None) -> ReviewedValue:
    return ReviewedValue(FieldName("term"), "ada", is_right, value, normal)


@pytest.mark.parametrize(
    ("said", "after", "expected"),
    [
        (_said(True, "a  Year"), [_value("a year")], []),
        (_said(True, "1 May 2020", "2020-05-01"), [_value("May 1, 2020", normal="2020-05-01")], []),
        (_said(True, "a year"), [_value("a year", _UNSETTLED)], []),
        (
            _said(True, "a year"),
            [_value("a year", ExtractionStatus.REJECTED)],
            [("a year", True, "rejected")],
        ),
        (_said(True, "a year"), [_value("two years")], [("a year", True, None)]),
        (_said(False, "a year"), [_value("a year")], [("a year", False, "verified")]),
        (_said(False, "a year"), [_value("a year", _UNSETTLED), _value("two years")], []),
        (_said(False, "a year"), [], []),
        (_said(False, None), [_value("a year"), _value("b", _UNSETTLED)], [("a year", False, "verified")]),
    ],
)
def test_a_run_that_says_otherwise_than_a_person_is_told(
    said: ReviewedValue, after: list[Extraction], expected: list[tuple[str, bool, str | None]]
) -> None:
    found = disagreements([said, said], after)
    assert [(d.value, d.is_right, d.after) for d in found] == expected
    assert all((d.reviewer, d.field) == ("ada", "term") for d in found)


def test_another_field_says_nothing_of_it() -> None:
    other = replace(_value("a year"), field=FieldName("notice"))
    assert disagreements([_said(False, None), _said(False, "a year")], [other]) == ()
