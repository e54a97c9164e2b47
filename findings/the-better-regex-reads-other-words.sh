#!/usr/bin/env bash
# Guess: `regex` without flags (VERSION0, "compatible with re") has the same \w and \s as Python's `re`, so one can take the other's place.
# What happens: \w of `regex` has combining marks, which `re` has not, and lacks ² ³ ½ ①, which `re` has; its \s lacks U+001C..U+001F. So \b
#   stands elsewhere, too: "x²" is one word for `re`, and ends after x for `regex`. RE2 has a third set: ASCII.
# Versions: regex 2026.11.19, google-re2 1.1.20251105, Python 3.11.
# Why here: a pattern for areas or Hindi names finds other words after a change of the engine, and nothing fails. We take the letters of
#   `regex` for RE2 as well, which the stored runs were made with.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet regex==2026.11.19 google-re2==1.1.20251105
"$folder/venv/bin/python" - <<'PY'
import re
import sys
from importlib.metadata import version

import re2
import regex

print(f"regex {version('regex')}, google-re2 {version('google-re2')}, Python {sys.version.split()[0]}")
letters = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)
sets = {}
for name in (r"\w", r"\d", r"\s"):
    own = {m: set(m.findall(name, letters)) for m in (re, regex, re2)}
    sets[name] = own
    print(f"{name}: re {len(own[re])}, regex {len(own[regex])}, re2 {len(own[re2])} code points; "
          f"only re {len(own[re] - own[regex])}, only regex {len(own[regex] - own[re])}")
cuts = {}
for text in ("120 m², due", "हिन्दी", "cafe\u0301"):
    cuts[text] = [m.findall(r"\w+", text) for m in (re, regex, re2)]
    print(repr(text), *cuts[text])
words = sets[r"\w"]
is_so = "²" in words[re] - words[regex] and "\u0301" in words[regex] - words[re] and "\x1c" in sets[r"\s"][re] - sets[r"\s"][regex]
if not is_so or cuts["120 m², due"][0] == cuts["120 m², due"][1]:
    sys.exit("the behaviour has changed")
PY
