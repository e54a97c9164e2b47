"""Lines compared with a field's examples."""

from tasks.core.native.generator.by_schema import DRAFT_BAR, read_field
from tasks.core.native.text.cues import compile_cues
from tasks.core.native.text.examples import rarity, share_of_lines
from tasks.core.schema import Schema, SchemaField
from tests.unit.core.native.scenes import request

EXAMPLES = (
    "The Supplier shall deposit the source code of the Software with an escrow agent within thirty days.",
    "The escrow agent shall release the source code to the Customer upon the bankruptcy of the Supplier.",
    "Licensor agrees to keep a current copy of the source code in escrow with a neutral escrow company.",
)
ESCROW = "Vendor must place a copy of all source code in escrow and keep that deposit current at all times."
RENT = "Tenant shall pay the rent for the premises in advance on the first day of each calendar month."


def _schema(examples: tuple[str, ...]) -> Schema:
    field = SchemaField(
        name="escrow", title="Source code escrow", description="Where it is kept.", examples=examples
    )
    return Schema(name="own", title="Own", fields=(field,))


def _scores(examples: tuple[str, ...], text: str) -> list[float]:
    chunk = request(_schema(examples), ("body", text))
    return [r.score for _, r in read_field(chunk.cues["escrow"], chunk.lines)]


def test_a_line_that_reads_like_the_examples_is_drafted_without_any_cue() -> None:
    (score,) = _scores(EXAMPLES, ESCROW)
    assert score >= DRAFT_BAR


def test_a_line_that_shares_only_common_words_with_the_examples_is_not_drafted() -> None:
    assert all(score < DRAFT_BAR for score in _scores(EXAMPLES, RENT))


def test_the_same_line_scores_higher_under_the_fields_title() -> None:
    (plain,), (headed,) = _scores(EXAMPLES, ESCROW), _scores(EXAMPLES, f"SOURCE CODE ESCROW\n{ESCROW}")
    assert headed > plain


def test_a_word_of_every_other_contract_is_less_rare_than_a_name() -> None:
    assert rarity("agreem") < rarity("escrow") <= rarity("northw")
    assert 0.0 < share_of_lines("northw") <= share_of_lines("agreem") < 1.0


def test_two_examples_are_too_few_and_chinese_ones_are_read_by_their_characters() -> None:
    chinese = ("本金可能无法全额兑付。", "投资者可能损失全部本金。", "本金存在损失风险。")
    for examples in (EXAMPLES[:2], chinese):
        assert compile_cues(_schema(examples))["escrow"].exemplar is None
    assert compile_cues(_schema(EXAMPLES))["escrow"].exemplar is not None
