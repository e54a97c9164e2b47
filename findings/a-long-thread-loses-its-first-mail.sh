#!/usr/bin/env bash
# Guess: lxml's HTML parser, which recovers from everything and raises on nothing, gives all text of a page, however its elements nest.
# What happens: at 256 nested elements it stops and returns what came before. What is deeper is gone, and so is all that follows, also
#   what nests in nothing. No exception, no warning: only the parser's own error log says `Excessive depth in document`. Mail programs
#   nest each reply in the one before, three elements a time, so a thread of 90 replies loses its first mails and every page footer.
#   lxml.html and what is built on it (inscriptis) are the same; BeautifulSoup with the same lxml, the stdlib's parser, and lxml with
#   `HTMLParser(huge_tree=True)` give all.
# Versions: lxml 6.1.3 (libxml2 2.14.6), inscriptis 2.7.6, beautifulsoup4 4.13.4.
# Why here: what a mail says of a contract is often in its oldest quotation. An absent value would be believed. The reader of mails
#   parses with `huge_tree=True`, and refuses a mail that nests deeper than Python can walk.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet lxml==6.1.3 inscriptis==2.7.6 beautifulsoup4==4.13.4
"$folder/venv/bin/python" - <<'PY'
import sys
from html.parser import HTMLParser as StdlibParser

from bs4 import BeautifulSoup
from inscriptis import get_text
from lxml import etree, html


def thread(n_replies: int) -> bytes:
    """A valid page: each reply quotes the one before, as mail programs nest them."""
    before = "".join(f"<div>Reply {n}.<blockquote><div>" for n in range(n_replies, 0, -1))
    after = "</div></blockquote></div>" * n_replies
    page = f"<!DOCTYPE html><html><head><title>t</title></head><body>{before}The fee is USD 3,000.{after}<p>Goodbye.</p></body></html>"
    return page.encode()


class Words(StdlibParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.text = ""
        self.feed(page.decode())

    def handle_data(self, data: str) -> None:
        self.text += data


def by_lxml(page: bytes, huge: bool = False) -> str:
    return html.document_fromstring(page, parser=html.HTMLParser(huge_tree=huge)).text_content()


readers = {
    "lxml.html": by_lxml,
    "inscriptis": lambda page: get_text(page.decode()),
    "BeautifulSoup, lxml": lambda page: BeautifulSoup(page, "lxml").get_text(),
    "lxml.html, huge_tree": lambda page: by_lxml(page, huge=True),
    "stdlib html.parser": lambda page: Words(page).text,
}
print("lxml", etree.LXML_VERSION, "libxml2", etree.LIBXML_VERSION)
seen = {}
for n_replies in (80, 90):
    for name, read in readers.items():
        text = read(thread(n_replies))
        seen[n_replies, name] = "USD 3,000" in text, "Goodbye" in text
        print(f"{n_replies} replies, {name:22} fee: {seen[n_replies, name][0]!s:5} last line: {seen[n_replies, name][1]}")
parser = html.HTMLParser()
html.document_fromstring(thread(90), parser=parser)
print("error log:", parser.error_log.last_error.message if parser.error_log else None)
losing = ("lxml.html", "inscriptis")
wanted = {(n, name): (True, True) if n == 80 or name not in losing else (False, False) for n in (80, 90) for name in readers}
if seen != wanted:
    sys.exit("The behaviour has changed.")
print("As described: nothing is raised, and the oldest mail and the last line are gone.")
PY
