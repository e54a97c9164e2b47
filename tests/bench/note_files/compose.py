"""A random document for a producer: the same seed and producer give the same document.

What a producer cannot do (`Abilities`) is never asked of it, so that each trait of a file really is in the PDF.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Final

from tests.bench.note_files import marks, prose
from tests.bench.note_files.model import (
    Block,
    Cite,
    Document,
    Heading,
    Items,
    Note,
    Para,
    Pieces,
    Raised,
    Style,
    Table,
)

FLOW: Final = frozenset(
    {"section", "together", "again", "long", "paragraphs", "items", "table", "start", "narrow"}
)
"""What every program can do that lets us print our own marks."""


@dataclass(frozen=True, slots=True)
class Abilities:
    languages: tuple[str, ...] = ("en", "en", "de", "fr", "zh", "zh", "ja")
    families: tuple[str, ...] | None = None
    """None: every family of the language."""
    features: frozenset[str] = FLOW
    places: tuple[str, ...] = ("foot",)


class Composer:
    """Builds one document; it draws every choice from one stream of random numbers."""

    def __init__(self, seed: int, style: Style, features: frozenset[str], house: str) -> None:
        self.random = random.Random(f"{seed} {style.lang} {house}")
        self.seed, self.style, self.features, self.house = seed, style, features, house
        self.prose = prose.BY_LANGUAGE[style.lang]
        self.notes: list[Note] = []
        self.ordinal = style.start
        self.table_ordinal = 1
        self.traps: list[str] = []

    def has(self, feature: str, chance: float) -> bool:
        return feature in self.features and self.random.random() < chance

    def codes(self, index: int) -> tuple[str, str, str]:
        group = 100 + self.seed * 37 % 900
        shape = "{}{:03d}{:02d}" if self.house == "train" else "{}X{:02d}{:02d}T"
        numbers = (group, index) if self.house == "train" else (group % 90 + 10, index)
        body, first, last = (shape.format(sign, *numbers) for sign in "KRZ")
        return body, first, last

    def sentences(self, n: int) -> str:
        gap = "" if self.style.lang in prose.CJK else " "
        return gap.join(self.random.choice(self.prose.body) for _ in range(n))

    def note(self, body_code: str | None, kind: str, mark: str) -> int:
        """Adds a note and returns its index."""
        index = len(self.notes)
        body, first, last = self.codes(index)
        text = self.random.choice(self.prose.notes)
        gap = "" if self.style.lang in prose.CJK else " "
        paragraphs: list[Pieces] = []
        items: tuple[tuple[str, str], ...] = ()
        if self.has("long", 0.12):
            middle = [self.random.choice(self.prose.more) for _ in range(self.random.choice((4, 8, 16)))]
            start = text.replace("{a}", first).replace("{z}", "A7")
            text = gap.join((start, *middle, last + self.stop))
            paragraphs.append((text,))
        elif self.has("paragraphs", 0.12):
            paragraphs.append((text.replace("{a}", first).replace("{z}", "A7"),))
            paragraphs.append((self.random.choice(self.prose.more) + gap + last + self.stop,))
        elif self.has("items", 0.08):
            paragraphs.append((text.replace("{a}", first).replace("{z}", "A7"),))
            listed = self.random.sample(self.prose.listed, 2)
            items = tuple((f"({marks.letter(n)})", one) for n, one in enumerate(listed, 1))
            items = (*items, ("(c)", last + self.stop))
        else:
            paragraphs.append((text.replace("{a}", first).replace("{z}", last),))
        self.notes.append(Note(index, kind, mark, body_code or body, first, last, tuple(paragraphs), items))
        return index

    @property
    def stop(self) -> str:
        return "。" if self.style.lang in prose.CJK else "."

    def next_mark(self) -> str:
        self.ordinal += 1
        return marks.mark(self.style.family, self.ordinal - 1)

    def citing(self) -> Pieces:
        """A sentence that cites one note, or several at once."""
        style = self.style
        kind = {"foot": "footnote", "margin": "sidenote"}.get(style.place, "endnote")
        together = self.has("together", 0.1)
        sentence = self.random.choice([s for s in self.prose.citing if not together or "{k}@" in s])
        code = self.codes(len(self.notes))[0]
        notes = [self.note(code, kind, self.next_mark())]
        if together:
            notes.append(self.note(code, kind, self.next_mark()))
        elif self.has("again", 0.08) and len(self.notes) > 2:
            again = self.notes[self.random.randrange(len(self.notes) - 1)]
            if again.kind == kind and style.restart == "never":
                again_at = Cite((again.index,))
                gap = "" if style.lang in prose.CJK else " "
                return (*self.cut(sentence, code, notes), gap + self.random.choice(self.prose.body), again_at)
        return self.cut(sentence, code, notes)

    def cut(self, sentence: str, code: str, notes: list[int]) -> Pieces:
        before, after = sentence.replace("{k}", code).split("@")
        if self.style.after_stop and after[:1] in (".", "。", ","):
            before, after = before + after[0], after[1:]
        return (before, Cite(tuple(notes)), after) if after else (before, Cite(tuple(notes)))

    def raised(self) -> Pieces:
        """A sentence with a raised sign that is no citation."""
        self.traps.append("raised")
        parts = self.random.choice(self.prose.traps).split("^")
        return tuple(Raised(part) if n % 2 else part for n, part in enumerate(parts))

    def paragraph(self, chance: float) -> Para:
        gap = "" if self.style.lang in prose.CJK else " "
        pieces: list[str | Cite | Raised] = [self.sentences(self.random.randint(1, 3)) + gap]
        if self.random.random() < chance:
            pieces += [*self.citing(), gap + self.sentences(self.random.randint(1, 2))]
        if self.random.random() < 0.12:
            pieces += [gap, *self.raised(), gap + self.sentences(1)]
        return Para(tuple(piece for piece in pieces if piece != ""))

    def table(self, n: int) -> Table:
        """A table; in some, cells cite notes that stand right below it."""
        rows: list[tuple[Pieces, ...]] = [tuple((cell,) for cell in self.prose.table_head)]
        cited: list[int] = []
        own = self.has("table", 0.6)
        for row in range(1, 5):
            label, amount = self.prose.row.format(n=row), f"{row * 1250}"
            if own and row in (1, 3):
                code = self.codes(len(self.notes))[0]
                lettered = self.style.family in ("let", "let_paren", "LET", "rom")
                mark = marks.mark("sym" if lettered else "let", self.table_ordinal)
                self.table_ordinal += 1
                cited.append(self.note(code, "tablenote", mark))
                rows.append(((label,), (f"{amount} {code}", Cite((cited[-1],))), (f"{n * 30} d",)))
            else:
                rows.append(((label,), (amount,), (f"{row * 30} d",)))
        return Table(tuple(rows), tuple(cited))

    def trap(self) -> Block:
        kind = self.random.choice(("letters", "circles", "digits", "books"))
        self.traps.append(kind)
        if kind == "books":
            return Items(tuple((f"[{n}]", (book,)) for n, book in enumerate(self.prose.books, 1)))
        listed = self.prose.listed[: self.random.randint(2, 5)]
        family = {"letters": "let_paren", "circles": "circ", "digits": "num"}[kind]
        if kind == "circles" and self.style.lang not in prose.CJK:
            family = "paren"
        return Items(tuple((marks.mark(family, n), (one + ";",)) for n, one in enumerate(listed, 1)))

    def section(self, n: int, chance: float) -> list[Block]:
        if self.style.restart == "section":
            self.ordinal = self.style.start
        heading = self.random.choice(self.prose.headings)
        label = f"第{n}条 " if self.style.lang in prose.CJK else f"{n}. "
        blocks: list[Block] = [Heading((label + heading,))]
        blocks += [self.paragraph(chance) for _ in range(self.random.randint(2, 4))]
        if self.random.random() < 0.3:
            blocks.append(self.trap())
        if self.random.random() < 0.25:
            blocks.append(self.table(n))
        return blocks

    def document(self, name: str, with_notes: bool) -> Document:
        if not with_notes:
            self.features -= {"table"}
        chance = self.random.choice((0.45, 0.6, 0.8)) if with_notes else 0.0
        blocks: list[Block] = []
        for n in range(1, self.random.randint(5, 8)):
            blocks += self.section(n, chance)
        blocks.append(Items(tuple(("", (line,)) for line in self.prose.signed)))
        return Document(
            name, self.seed, self.style, self.prose.title, tuple(blocks), tuple(self.notes), tuple(self.traps)
        )


def draw_style(rng: random.Random, abilities: Abilities, house: str) -> Style:
    """A house's way of printing, within what the producer can do."""
    can, lang = abilities.features, rng.choice(abilities.languages)
    allowed = [f for f in marks.BY_LANGUAGE[lang] if abilities.families is None or f in abilities.families]
    family = rng.choice(allowed or ["num"])
    train = house == "train"
    sizes = (10.0, 10.5, 11.0) if train else (9.5, 11.5, 12.0)
    size = rng.choice(sizes)
    columns = rng.choice([1, 1, 1] + [2] * ("columns" in can) + [3] * ("columns3" in can))
    restarts = ["never", "never"] + ["section"] * ("section" in can) + ["page"] * 8 * ("page" in can)
    style = Style(
        lang=lang,
        family=family,
        restart=rng.choice(restarts),
        start=rng.choice((1, 1, 1, 1, rng.randint(2, 40))) if "start" in can and family == "num" else 1,
        after_stop=rng.random() < (0.3 if lang in prose.CJK else 0.7),
        size=size,
        note_size=size if "rule" in can and rng.random() < 0.15 else size - rng.choice((1.5, 2, 2.5)),
        columns=columns,
        place=rng.choice(abilities.places),
        font=rng.choice(("serif", "sans")),
        margin=rng.choice((56.0, 62.0, 72.0) if train else (50.0, 68.0, 85.0)),
        header="" if rng.random() < 0.5 else ("Draft 3 of 14 May" if train else "1 Confidential"),
        page_number=rng.choice(("foot", "dash", "of", "none")),
    )
    return draw_signs(rng, style, can)


def draw_signs(rng: random.Random, style: Style, can: frozenset[str]) -> Style:
    """How citations and notes are marked, and the rarer traits of a page."""
    raised = "small"
    if style.family in marks.ON_THE_LINE and "line" in can and rng.random() < 0.5:
        raised = "line"
    elif style.family == "num" and "glyph" in can and rng.random() < 0.15:
        raised = "glyph"
    forms = ("raised", "raised", "plain", "dot", "tight") if "forms" in can else ("raised",)
    form = rng.choice(forms)
    if form == "dot" and style.family not in ("num", "let", "rom"):
        form = "plain"
    if form == "tight" and style.family in ("let", "LET", "rom", "ROM"):
        form = "plain"  # nobody prints `ASee` for note A
    return replace(
        style,
        raised=raised,
        form=form,
        hanging="forms" in can and rng.random() < 0.3,
        rule=rng.choice(("short", "short", "full", "none")) if "rule" in can else "short",
        landscape="landscape" in can and rng.random() < 0.1,
        line_numbers="line_numbers" in can and style.columns == 1 and rng.random() < 0.08,
        tagged="tagged" in can and rng.random() < 0.5,
        narrow="narrow" in can and style.columns == 1 and rng.random() < 0.3,
        start=1 if style.restart != "never" else style.start,
    )


def compose(producer: str, abilities: Abilities, seed: int, house: str) -> Document:
    """The document of this seed for a producer. One in eight has no notes."""
    rng = random.Random(f"{producer} {seed} {house}")
    style = draw_style(rng, abilities, house)
    with_notes = rng.random() > 0.125
    kind = style.family if with_notes else "none"
    name = f"{producer}_{style.lang}_{kind}_{seed:05d}"
    composer = Composer(seed, style, abilities.features, house)
    return composer.document(name, with_notes)
