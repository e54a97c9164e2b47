import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.discover import discover, side_by_side
from tasks.outcome import Source
from tasks.postgres.sources import KnownObject
from tasks.s3 import SourceObject

keys = st.text(alphabet="abé/1", min_size=1, max_size=4)
etags = st.sampled_from(["e1", "e2"])


@given(
    st.dictionaries(keys, etags, max_size=12), st.dictionaries(keys, st.sets(etags, min_size=1), max_size=12)
)
def test_every_listed_object_meets_the_row_of_its_own_content(
    listed: dict[str, str], known: dict[str, set[str]]
):
    listing = [SourceObject("b", k, listed[k], 1) for k in sorted(listed, key=str.encode)]
    rows = [
        KnownObject(k, etag, etag, None, "done", None, None)
        for k in sorted(known, key=str.encode)
        for etag in sorted(known[k])
    ]
    merged = [(o.key, row.etag if row else None) for o, row in side_by_side(listing, rows)]
    assert merged == [(o.key, o.etag if o.etag in known.get(o.key, ()) else None) for o in listing]


class Rows:
    """Of the store only what is known of the objects."""

    def known_objects(self, *_: str) -> list[KnownObject]:
        states = (("done.pdf", "done"), ("half.pdf", "running"))
        return [KnownObject(key, "e", "e", None, state, None, None) for key, state in states]


@pytest.mark.parametrize(
    ("force", "keys"), [(False, ["half.pdf", "new.pdf"]), (True, ["half.pdf", "done.pdf", "new.pdf"])]
)
def test_settled_documents_are_left_unless_forced_and_unfinished_ones_come_first(
    monkeypatch: pytest.MonkeyPatch, force: bool, keys: list[str]
):
    listing = [SourceObject("b", key, "e", 1) for key in ("done.pdf", "half.pdf", "new.pdf")]
    monkeypatch.setattr("tasks.discover.list_objects", lambda *_: listing)
    monkeypatch.setattr("tasks.discover.store", Rows)
    monkeypatch.setattr("tasks.discover.reader_version", lambda _: "reader-1")
    found = discover.fn([Source(prefix="", schema_name="cv")], "b", force)
    assert [request.key for request in found] == keys
