"""The files of the results prefix: names that no document has, and the same bytes each time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.delivery import (
    DeliveredFile,
    Due,
    document_digest,
    is_results_key,
    log_key,
    pointer_content,
    pointer_key,
    values_content,
    values_key,
)
from tasks.core.records import DocumentId, RunId

RUN = RunId("487defd3-0a3c-4a73-9a8e-6f1df3a4b001")
AT = datetime(2026, 11, 30, 6, tzinfo=UTC)
DUE = Due("b", "a.pdf", "lease", "current", AT, DocumentId("0" * 64), RUN, 7, AT, "v1", "e", None)
KEYS = st.text(st.characters(exclude_categories=()), min_size=1, max_size=30)


@given(
    KEYS,
    st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    st.integers(0, 10**9),
    st.integers(1, 10**11),
)
def test_every_name_of_ours_is_known_as_ours_and_is_safe(key: str, schema: str, revision: int, number: int):
    due = replace(DUE, key=key, schema_name=schema, revision=revision)
    for name in (values_key(due), pointer_key(due), log_key(number)):
        assert is_results_key(f"out/{name}", "out/") and is_results_key(name, "")
        assert not is_results_key(name, "out/") and not is_results_key(f"x{name}", "")
        assert len(name) < 300 and name.isascii() and ".." not in name


@given(st.tuples(KEYS, KEYS), st.tuples(KEYS, KEYS))
def test_two_documents_never_share_a_name(one: tuple[str, str], other: tuple[str, str]):
    buckets = [bucket.replace("/", "") or "b" for bucket, _ in (one, other)]
    keys = [key for _, key in (one, other)]
    same = (buckets[0], keys[0]) == (buckets[1], keys[1])
    assert (document_digest(buckets[0], keys[0]) == document_digest(buckets[1], keys[1])) is same


def test_what_is_no_name_of_ours_is_a_document():
    for key in ("log/1.jsonl", "values/lease/a.jsonl", "current/lease/a.json", "log/000000000001.jsonl.pdf",
                f"values/lease/{'0' * 64}/{RUN}.jsonl", f"current/Lease/{'0' * 64}.json"):  # fmt: skip
        assert not is_results_key(key, "")


def test_log_numbers_stand_in_order_in_a_listing():
    numbers = [1, 9, 10, 999, 1_000, 123_456_789_012]
    assert sorted(map(log_key, numbers)) == [log_key(number) for number in numbers]


def test_a_pointer_has_the_same_bytes_wherever_it_is_written():
    elsewhere = timezone(timedelta(hours=8))
    moved = replace(DUE, since=AT.astimezone(elsewhere), finished_at=AT.astimezone(elsewhere))
    old = DeliveredFile("values/lease/x/y.1.jsonl", RUN, 1)
    own = DeliveredFile(values_key(DUE), RUN, 7)
    content = pointer_content(DUE, 3, "ab", [old])
    assert pointer_content(moved, 3, "ab", [old]) == content
    assert pointer_content(DUE, 3, "ab", [own, old]) == content, "a file does not supersede itself"
    said = json.loads(content)
    assert said["values"] == {
        "object": values_key(DUE), "run": RUN, "revision": 7, "finished_at": "2026-11-30T06:00:00.000Z",
        "n_values": 3, "sha256": "ab",
    }  # fmt: skip
    gone = json.loads(pointer_content(replace(DUE, state="deleted"), 3, "ab", [own, old]))
    assert gone["values"] is None and [one["revision"] for one in gone["superseded"]] == [7, 1]


def test_a_line_of_values_says_nothing_that_changes_without_them():
    row = {
        "document": "a",
        "value": "é\u2028\n",
        "version": "v",
        "state": "current",
        "since": "now",
        "bucket": "b",
    }
    line = values_content([row, row])
    assert line.count(b"\n") == 2
    assert json.loads(line.splitlines()[0]) == {"document": "a", "value": "é\u2028\n", "bucket": "b"}
