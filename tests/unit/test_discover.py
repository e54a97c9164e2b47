from hypothesis import given
from hypothesis import strategies as st

from tasks.discover import _side_by_side
from tasks.s3 import SourceObject

keys = st.dictionaries(
    st.text(alphabet="abé/1", min_size=1, max_size=4), st.sampled_from(["e1", "e2"]), max_size=12
)
known_rows = st.dictionaries(
    st.text(alphabet="abé/1", min_size=1, max_size=4),
    st.tuples(st.sampled_from(["e1", "e2"]), st.sampled_from(["done", "unfinished"])),
    max_size=12,
)


@given(keys, known_rows)
def test_every_listed_object_gets_its_own_state_once(
    listed: dict[str, str], known: dict[str, tuple[str, str]]
):
    in_order = sorted(listed, key=str.encode)
    listing = [SourceObject("b", k, listed[k], 1) for k in in_order]
    rows = [(k, *known[k]) for k in sorted(known, key=str.encode)]
    merged = [(o.key, state) for o, state in _side_by_side(listing, rows)]
    expected = [(k, known[k][1] if k in known and known[k][0] == listed[k] else "new") for k in in_order]
    assert merged == expected
