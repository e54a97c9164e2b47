"""Whether a contract gives the same verified values as DOCX and as the PDF that LibreOffice makes of it.

usage: python -m tests.bench.word_pairs [--count 20] [--seed 1] [--keep FOLDER]

Requires: `soffice` on the path. Prints each value that is verified on one side only.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.document_facts import facts_of
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.native.critic.critic import Critic
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.in_process import play
from tasks.core.reading import FileKind, close_workers, read_document
from tasks.core.records import Extraction, ExtractionStatus, Reading
from tasks.core.schema import Schema, load_schema
from tests.reading.word.packages import (
    deleted,
    docx,
    inserted,
    lvl,
    note,
    numbered,
    numbering,
    p,
    row,
    run,
    table,
)

MODELS = Path(__file__).parents[2] / "infra" / "deploy" / "triton" / "models"
_BORDERS = "<w:tblBorders>{}</w:tblBorders>".format(
    "".join(
        f'<w:{side} w:val="single" w:sz="4"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
)
_RAISED = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="1"/></w:r>'
# LibreOffice shows the number of a changed paragraph in brackets, `[(a)]`, and knows no `w:isLgl`.
_NUMBER = re.compile(r"^(?:(?:Article|Section) )?[(\[]{0,2}(?:[\dIVX]{1,4}(?:\.\d+)*|[a-h])[.)\]]{0,2}\s")
_PARTIES = (
    ("Harbor Lane LLC", "a Delaware limited liability company", "Ostrava Tools a.s.", "a Czech company"),
    ("Northwind Systems, Inc.", "a Nevada corporation", "Baltic Freight AB", "a Swedish company"),
    ("Quill & Sons Ltd.", "an English company", "Meridian Foods GmbH", "a German company"),
)
_LAWS = ("the State of New York", "England and Wales", "Sweden", "the State of Delaware", "Singapore")
_ZH_PARTIES = (("江北精密设备有限公司", "海州贸易有限公司"), ("云岭科技股份有限公司", "东湖物流有限公司"))
_LEVELS = (
    (lvl(0, "decimal", "%1."), lvl(1, "decimal", "%1.%2")),
    (lvl(0, "upperRoman", "Article %1"), lvl(1, "decimal", "%1.%2", "<w:isLgl/>")),
    (lvl(0, "decimal", "Section %1."), lvl(1, "lowerLetter", "(%2)")),
)
_ZH_LEVELS = (lvl(0, "chineseCountingThousand", "第%1条"), lvl(1, "decimal", "%1.%2"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        names: list[Path] = []
        for number in range(options.count):
            names.append(folder / f"{number:02d}.docx")
            names[-1].write_bytes(contract(random.Random(f"{options.seed}-{number}"), number))
        command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
        subprocess.run([*command, *map(str, names)], check=True, capture_output=True)
        compare(names)
    close_workers()


def compare(names: Sequence[Path]) -> None:
    models = Generator.load(MODELS / "generator" / "1"), Critic.load(MODELS / "critic" / "1")
    n_both = n_one = 0
    for name in names:
        schema = load_schema("investment" if int(name.stem) % 4 == 3 else "cuad")
        word = verified(read_document(name, kind=FileKind.WORD), schema, models)
        pdf = verified(read_document(name.with_suffix(".pdf")), schema, models)
        n_both += len(word & pdf)
        n_one += len(word ^ pdf)
        for side, only in (("DOCX", word - pdf), ("PDF", pdf - word)):
            for field, value in sorted(only):
                print(f"{name.stem} only {side:4} {field}: {value[:150]}")
    print(f"{len(names)} contracts: {n_both} values verified on both sides, {n_one} on one")


def verified(reading: Reading, schema: Schema, models: tuple[Generator, Critic]) -> set[tuple[str, str]]:
    """The verified values, by field."""
    state, _ = play(RunInput(reading, chunk_document(reading), schema), *models, 3)
    rows = results_of(state.by_chunk, schema, facts_of(reading)).extractions
    return {
        (row.field, row.normal or _words(row, reading))
        for row in rows
        if row.status is ExtractionStatus.VERIFIED
    }


def _words(row: Extraction, reading: Reading) -> str:
    """A value's words without note markers, which a PDF glues to numbers, the clause's number, which
    LibreOffice shows in its own way, and white space, since a PDF breaks lines anywhere."""
    if row.value != row.quote or row.citation is None:
        return "".join(row.value.split())
    cited = {at for own in reading.footnotes for ref in own.references for at in range(ref.start, ref.end)}
    spans = row.citation.spans
    text = "".join(
        reading.text[at] for span in spans for at in range(span.start, span.end) if at not in cited
    )
    return "".join(_NUMBER.sub("", text).split())


# ---------------------------------------------------------------- contracts


def contract(rng: random.Random, number: int) -> bytes:
    """A contract of its own numbering, with or without notes, tables and changes; every fourth is Chinese."""
    return chinese(rng) if number % 4 == 3 else english(rng)


def english(rng: random.Random) -> bytes:
    first, kind, second, other = rng.choice(_PARTIES)
    law, cap, days = rng.choice(_LAWS), rng.randint(2, 90) * 100_000, rng.choice((30, 60, 90))
    year = rng.randint(2015, 2024)
    has_notes, has_changes = rng.random() < 0.5, rng.random() < 0.5
    term = deleted("five (5)") + inserted("three (3)") if has_changes else run("three (3)")
    mark = _RAISED if has_notes else ""
    clauses = [
        ("Grant of License", run("Licensor hereby grants to Licensee a non-exclusive, non-transferable license to use the Software during the Term.")),
        ("Term", run("The term of this Agreement shall commence on the Effective Date and shall continue for a period of ") + term + run(" years.")),
        ("Assignment", run("Neither party may assign this Agreement without the prior written consent of the other party.")),
        ("Termination", run(f"Licensee may terminate this Agreement for convenience upon {days} days' prior written notice to Licensor.")),
        ("Limitation of Liability", run(f"In no event shall either party's aggregate liability under this Agreement exceed the sum of USD {cap:,}") + mark + run(".")),
        ("Governing Law", run(f"This Agreement shall be governed by and construed in accordance with the laws of {law}, without regard to its conflict of laws principles.")),
        ("Audit", run("Licensor shall have the right to inspect and audit the books and records of Licensee upon ten (10) days' notice.")),
        ("Insurance", run("Licensee shall maintain commercial general liability insurance of not less than USD 1,000,000 for each occurrence.")),
    ]  # fmt: skip
    rng.shuffle(clauses)
    body = [
        p(run(f"{rng.choice(('SOFTWARE', 'SERVICES AND', 'MASTER'))} LICENSE AGREEMENT", "<w:b/>"), '<w:jc w:val="center"/>'),
        p(f'This License Agreement (this "Agreement") is made and entered into as of March {rng.randint(1, 28)}, {year} (the "Effective Date") '
          f'by and between {first.replace("&", "&amp;")}, {kind} ("Licensor"), and {second}, {other} ("Licensee").'),
    ]  # fmt: skip
    if has_changes:
        body.append(p(deleted("Licensor shall indemnify Licensee against all claims of third parties.")))
    for title, words in clauses:
        body += [numbered(title, 0), p(words, '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>')]
    if rng.random() < 0.5:
        rows = (row(f"Module {name}", f"USD {n},500") for name, n in zip("ABC", (3, 4, 5), strict=True))
        body += [
            p("The fees are as follows:"),
            table(row("Module", "Annual Fee"), *rows, properties=_BORDERS),
            p(""),
        ]
    body.append(p("IN WITNESS WHEREOF, the parties have executed this Agreement as of the Effective Date."))
    body.append(p(f"<w:r><w:t>{first.replace('&', '&amp;')}</w:t><w:br/><w:t>By: ____________</w:t></w:r>"))
    notes = (
        {"footnotes": note(1, "The sum is adjusted each year by the consumer price index.")}
        if has_notes
        else {}
    )
    return docx("".join(body), numbering=numbering(*rng.choice(_LEVELS)), **notes)


def chinese(rng: random.Random) -> bytes:
    company, investor = rng.choice(_ZH_PARTIES)
    amount, rate = rng.randint(2, 90) * 1_000_000, rng.choice(("6.5", "8", "12"))
    mark = _RAISED if rng.random() < 0.5 else ""
    clauses = [
        (
            "投资金额",
            run(f"投资方同意向目标公司投资人民币{amount:,}元") + mark + run("，并于交割日一次性支付。"),
        ),
        ("收益", run(f"本次投资的年化收益率为{rate}%。")),
        ("期限", run("本协议的投资期限为三年，自交割日起计算。")),
        ("管辖法律", run("本协议的订立、效力、解释和履行均适用中华人民共和国法律。")),
        ("保密", run("各方应对本协议的内容承担保密义务，未经对方书面同意不得向第三方披露。")),
    ]
    rng.shuffle(clauses)
    body = [
        p("投资协议", '<w:jc w:val="center"/>'),
        p(f"本协议由以下双方于{rng.randint(2015, 2024)}年{rng.randint(1, 12)}月{rng.randint(1, 28)}日签订："),
        p(f"甲方：{company}（以下简称“目标公司”）"),
        p(f"乙方：{investor}（以下简称“投资方”）"),
    ]
    for title, words in clauses:
        body += [numbered(title, 0), p(words, '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>')]
    notes = {"footnotes": note(1, "上述金额按当日汇率折算。")} if mark else {}
    return docx("".join(body), numbering=numbering(*_ZH_LEVELS), **notes)


if __name__ == "__main__":
    main()
