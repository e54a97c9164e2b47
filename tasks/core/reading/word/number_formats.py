"""Writes the numbers of lists and notes in Word's formats.

Source: ISO 29500-1, 17.18.59 (ST_NumberFormat). A format that is not here is written in figures.
"""

from __future__ import annotations

from collections.abc import Callable

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_CHICAGO = "*†‡§"
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_GANADA, _CHOSUNG = "가나다라마바사아자차카타파하", "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
_AIUEO = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_IROHA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщыэюя"
_HAN_DIGITS = "〇一二三四五六七八九"
_MAX_REPEATS = 100


def formatted(number: int, number_format: str) -> str:
    """The number as Word prints it."""
    write = _FORMATS.get(number_format)
    return str(number) if write is None or number < 0 else write(number)


def _roman(number: int) -> str:
    if not 0 < number < 32768:
        return str(number)
    text = ""
    for amount, letters in _ROMAN:
        text += letters * (number // amount)
        number %= amount
    return text


def _letters(alphabet: str) -> Callable[[int], str]:
    """a to z, then aa, bb: Word repeats the letter, and does not count aa, ab."""

    def write(number: int) -> str:
        if not 0 < number <= _MAX_REPEATS * len(alphabet):
            return str(number)
        return alphabet[(number - 1) % len(alphabet)] * ((number - 1) // len(alphabet) + 1)

    return write


def _one_of(signs: str, first: int = 1) -> Callable[[int], str]:
    """The signs for the first numbers, figures for the others."""
    return lambda number: signs[number - first] if first <= number < first + len(signs) else str(number)


def _ordinal(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return str(number) + ("th" if number % 100 in (11, 12, 13) else ends.get(number % 10, "th"))


def _words(number: int) -> str:
    if number < len(_ONES):
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    if number < 1000:
        rest = f" {_words(number % 100)}" if number % 100 else ""
        return f"{_ONES[number // 100]} hundred{rest}"
    return str(number)


def _ordinal_words(number: int) -> str:
    words = _words(number)
    if words[0].isdigit():
        return _ordinal(number)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[cut:]
    ending = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return words[:cut] + _ORDINALS.get(last, ending)


def _circled(number: int) -> str:
    if 1 <= number <= 20:
        return chr(0x2460 + number - 1)
    if 21 <= number <= 35:
        return chr(0x3251 + number - 21)
    return chr(0x32B1 + number - 36) if 36 <= number <= 50 else str(number)


def _han(number: int) -> str:
    text = _an2cn(number, "low")
    return text[1:] if text.startswith("一十") else text


def _han_legal(number: int) -> str:
    return _an2cn(number, "up")


def _an2cn(number: int, mode: str) -> str:
    # Imported here, because it takes a fifth of a second and few documents need it.
    from cn2an import an2cn  # pyright: ignore[reportMissingTypeStubs]

    return str(an2cn(str(number), mode))


def _wide(number: int) -> str:
    return "".join(chr(ord(figure) + 0xFEE0) for figure in str(number))


_DIGITS = str.maketrans("0123456789", _HAN_DIGITS)
_FORMATS: dict[str, Callable[[int], str]] = {
    "none": lambda _: "",
    "decimalZero": lambda number: f"{number:02d}",
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerLetter": _letters("abcdefghijklmnopqrstuvwxyz"),
    "upperLetter": _letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "russianLower": _letters(_CYRILLIC),
    "russianUpper": _letters(_CYRILLIC.upper()),
    "ordinal": _ordinal,
    "cardinalText": lambda number: _words(number).capitalize(),
    "ordinalText": lambda number: _ordinal_words(number).capitalize(),
    "hex": lambda number: f"{number:X}",
    "chicago": lambda number: _CHICAGO[(number - 1) % 4] * ((number - 1) // 4 + 1) if number > 0 else "",
    "numberInDash": lambda number: f"- {number} -",
    "decimalFullWidth": _wide,
    "decimalFullWidth2": _wide,
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "ideographEnclosedCircle": _one_of("㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉"),
    "decimalEnclosedFullstop": _one_of("".join(map(chr, range(0x2488, 0x249C)))),
    "decimalEnclosedParen": _one_of("".join(map(chr, range(0x2474, 0x2488)))),
    "ideographTraditional": _one_of(_STEMS),
    "ideographZodiac": _one_of(_BRANCHES),
    "ideographDigital": lambda number: str(number).translate(_DIGITS),
    "taiwaneseDigital": lambda number: str(number).translate(_DIGITS),
    "japaneseDigitalTenThousand": lambda number: str(number).translate(_DIGITS),
    "chineseCounting": _han,
    "chineseCountingThousand": _han,
    "taiwaneseCounting": _han,
    "taiwaneseCountingThousand": _han,
    "japaneseCounting": _han,
    "koreanCounting": _letters("일이삼사오육칠팔구십"),
    "chineseLegalSimplified": _han_legal,
    "ideographLegalTraditional": _han_legal,
    "ganada": _letters(_GANADA),
    "chosung": _letters(_CHOSUNG),
    "aiueo": _one_of(_AIUEO),
    "aiueoFullWidth": _one_of(_AIUEO),
    "iroha": _one_of(_IROHA),
    "irohaFullWidth": _one_of(_IROHA),
}
