"""The way back: where the text says what a reader sees, and what the file says there."""

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.reading.glyphs import corrected_text, corrections

ODD = "⾦⻓\ufffeﬁ\u037e\x00\xad"


def restored(text: str) -> str:
    """The file's letters, from the corrected text and its corrections."""
    shown, pieces, at = corrected_text(text), list[str](), 0
    for start, end, original in corrections(text):
        pieces += [shown[at:start], original]
        at = end
    return "".join(pieces) + shown[at:]


@given(st.text(alphabet=st.one_of(st.sampled_from(ODD), st.characters(codec="utf-8")), max_size=60))
def test_corrections_lead_back_to_every_letter_of_the_file(text: str):
    assert restored(text) == text


def test_plain_text_has_no_corrections():
    assert list(corrections("Plain text, as it stands.")) == []


def test_radical_is_told_with_its_place():
    assert list(corrections("本⾦")) == [(1, 2, "⾦")]
