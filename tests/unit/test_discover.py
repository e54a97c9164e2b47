from hypothesis import given
from hypothesis import strategies as st

from tasks.discover import side_by_side
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
