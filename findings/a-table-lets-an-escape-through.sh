#!/usr/bin/env bash
# Guess: Rich takes all control characters out of a text that it prints without markup, since it takes some out.
# What happens: it takes five out (bell, backspace, vertical tab, form feed, carriage return) and prints the escape, the eight-bit
#   introducer (U+009B) and DEL as they are: a file's name in a cell clears the screen or renames the window. It counts them as no column.
# Versions: Rich 15.0.0.
# Why here: keys and contracts are written by others. Consoles here show every control character (`tasks/core/text/terminal.py`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet rich==15.0.0
"$folder/venv/bin/python" - <<'PY'
import io
import sys
from importlib.metadata import version

from rich.console import Console
from rich.table import Table
from rich.text import Text

controls = [chr(code) for code in (*range(9), *range(11, 32), *range(0x7F, 0xA0))]
console = Console(file=io.StringIO(), width=200, markup=False)
table = Table("name")
table.add_row(Text("a" + "".join(controls) + "b"))
console.print(table)
taken = [f"{ord(c):#04x}" for c in controls if c not in console.file.getvalue()]
print(f"Rich {version('rich')}: of {len(controls)} control characters in a cell it takes out {len(taken)}: {taken}")
sys.exit(0 if taken == ["0x07", "0x08", "0x0b", "0x0c", "0x0d"] else "the behaviour has changed")
PY
