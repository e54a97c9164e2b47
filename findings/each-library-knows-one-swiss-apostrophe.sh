#!/usr/bin/env bash
# Guess: a library that reads Swiss sums reads them with either apostrophe, the typed one (1'250'000) and the printed one (1’250’000).
# What happens: Babel writes the printed one, as CLDR has it, and refuses the typed one in `parse_decimal`, strict or not. price-parser
#   reads the typed one, and makes one franc of the printed one: CHF 1’250’000.50 becomes 1, with the right currency and without an error.
#   So what Babel formats, price-parser reads a million times too small.
# Versions: Babel 2.18.0, price-parser 0.5.1.
# Why here: Swiss contracts use both, and word processors turn one into the other. Countersign's own grammar takes a sum whole with
#   either apostrophe, or not at all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet babel==2.18.0 price-parser==0.5.1
"$folder/venv/bin/python" - <<'PY'
import sys
from decimal import Decimal
from importlib.metadata import version

from babel.numbers import NumberFormatError, format_currency, parse_decimal
from price_parser import Price

print(f"Babel {version('babel')}, price-parser {version('price-parser')}, Python {sys.version.split()[0]}")
printed = format_currency(Decimal("1250000.50"), "CHF", locale="de_CH").replace("\xa0", " ")
typed = printed.replace("’", "'")


def by_babel(text: str) -> str:
    try:
        return str(parse_decimal(text.removeprefix("CHF "), locale="de_CH"))
    except NumberFormatError:
        return "refused"


rows = {text: (by_babel(text), str(Price.fromstring(text).amount)) for text in (printed, typed)}
for text, (babel, price) in rows.items():
    print(f"{text}: Babel {babel}, price-parser {price}")
expected = {"CHF 1’250’000.50": ("1250000.50", "1"), "CHF 1'250'000.50": ("refused", "1250000.50")}
if rows != expected:
    sys.exit("the behaviour has changed")
PY
