"""What grounding costs: milliseconds a quote against a source of 5,000 tokens, English and Chinese.

    python -m tests.bench.grounding [--repeats 50] [--seed 0]

Sources are made of seeded words, each new, so that nothing is remembered from the one before: an answer of 20 quotes pays for
reading its source once, a single quote pays for it alone. A token is four characters of English or one and a half of Chinese, as
Qwen's and Llama's tokenizers have it roughly. Prints medians over all answers for each kind of quote.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence

from tasks.core.grounding.quotes import ground
from tasks.core.records import (
    Candidate,
    Chunk,
    ChunkKind,
    FieldName,
    Page,
    Passage,
    PassageKind,
    Segment,
)

N_TOKENS = 5000
ENGLISH_CHARS, CHINESE_CHARS = 4 * N_TOKENS, int(1.5 * N_TOKENS)
N_QUOTES = 20
Change = Callable[[str, random.Random], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    print(f"{'':10}{'quotes':24}{'20 an answer':>14}{'one alone':>14}   ms a quote, median")
    for language, make in (("English", english), ("Chinese", chinese)):
        for name, change in CHANGES.items():
            many, alone = [], []
            for _ in range(options.repeats):
                many.append(measure(make(dice), change, N_QUOTES, dice))
                alone.append(measure(make(dice), change, 1, dice))
            print(f"{language:10}{name:24}{statistics.median(many):14.3f}{statistics.median(alone):14.3f}")


def english(dice: random.Random) -> str:
    words: list[str] = []
    while sum(map(len, words)) + len(words) < ENGLISH_CHARS:
        words.append("".join(dice.choices("etaoinshrdlucm", k=dice.randint(2, 11))))
        if dice.random() < 0.1:
            words[-1] += dice.choice([",", ";", "."])
    return "".join(w + ("\n" if i % 12 == 11 else " ") for i, w in enumerate(words))


def chinese(dice: random.Random) -> str:
    characters = [chr(dice.randint(0x4E00, 0x5FFF)) for _ in range(CHINESE_CHARS)]
    return "".join(c + (dice.choice("，。；\n") if i % 15 == 14 else "") for i, c in enumerate(characters))


def as_it_stands(quote: str, _: random.Random) -> str:
    return quote


def other_white_space(quote: str, _: random.Random) -> str:
    return " ".join(quote.split()) if " " in quote else quote.replace("，", ",").replace("\n", "")


def one_word_changed(quote: str, dice: random.Random) -> str:
    at = len(quote) // 2
    return quote[:at] + dice.choice("xyzq龘") + quote[at + 1 :]


def two_places(quote: str, _: random.Random) -> str:
    third = len(quote) // 3
    first, last = quote[:third].rsplit(None, 1)[0], quote[-third:].split(None, 1)[-1]
    return f"{first} … {last}"


CHANGES: dict[str, Change] = {
    "as they stand": as_it_stands,
    "other white space": other_white_space,
    "one word changed: absent": one_word_changed,
    "two places, an ellipsis": two_places,
}


def measure(text: str, change: Change, n_quotes: int, dice: random.Random) -> float:
    chunk = Chunk(
        0, ChunkKind.BODY, (Passage(PassageKind.BODY, text, (Segment(0, 0, len(text)),)),), "", "", "", (), 0
    )
    quotes = [change(_piece(text, dice), dice) for _ in range(n_quotes)]
    candidates = [Candidate(FieldName("clause"), q, q, None, None) for q in quotes]
    started = time.perf_counter()
    ground(candidates, chunk, text, pages_of(text))
    return (time.perf_counter() - started) * 1000 / n_quotes


def _piece(text: str, dice: random.Random) -> str:
    start = dice.randrange(len(text) - 400)
    return text[start : start + 300].split(None, 1)[-1].rsplit(None, 1)[0]


def pages_of(text: str) -> Sequence[Page]:
    return [
        Page(n + 1, start, min(start + 3000, len(text)), "ok")
        for n, start in enumerate(range(0, len(text), 3000))
    ]


if __name__ == "__main__":
    main()
