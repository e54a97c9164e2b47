"""Every Markdown page names what exists: the files and headings it links to, its paths, modules and files.

docs/architecture.md is held to more: every name in it occurs in the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOPS = "flows|tasks|infra|sql|tests|docs|findings"
NOT_NAMED_TODAY = {"CHANGELOG.md"}
"""Pages that name paths of earlier versions; their links are checked, too."""

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"(?:{TOPS})/[\w./*-]+")
MODULE = re.compile(rf"(?<![\w./-])(?:{TOPS})(?:\.\w+)+(?![\w/])")
FILE = re.compile(r"[\w./-]+\.(?:py|sql|toml|yaml|json|sh|pbtxt)")
ELSEWHERE = {
    "model.json", "model.yaml", "report.json", "promotion.json", "calibration.json", "about.json", "splits.json", "tokenizer.json",
    "stack.json", "card.json", "evaluate.py", "lease.yaml", "pool.json", "model.py",
    "infra/deploy/compose/.env", "sql/migrations/versions/NNNN_name.sql",
    "findings/NAME.sh", "reviewers.toml", "docs/additional_outputs.md", "docs/guided_decoding.md", "src/model.py", "src/utils/request.py",
    "src/utils/vllm_backend_utils.py", "all_models/llmapi/tensorrt_llm/1/model.yaml", ".countersign/stack.json",
    "current/SCHEMA/DOCUMENT.json", "api/v1/openapi.json", "/api/v1/openapi.json",
}  # fmt: skip
"""What a user or a run writes, or what another product's repository holds."""


def pages() -> list[Path]:
    """Every Markdown file but those in folders with a dot: virtual environments, caches, the embedded stack's state."""
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*.md"))
    return sorted(ROOT / path for path in found if not any(part.startswith(".") for part in path.parts))


def anchors(page: Path) -> set[str]:
    """Of a page's headings, as GitHub makes them."""
    text = FENCE.sub("", page.read_text("utf-8"))
    titles = (LINK.sub(lambda m: m[0][1 : m[0].index("]")], t) for t in re.findall(r"^#+ (.+)$", text, re.M))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def broken_links(page: Path) -> Iterator[str]:
    for target in LINK.findall(CODE.sub("", FENCE.sub("", page.read_text("utf-8")))):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield target


def unknown_names(page: Path, paths: list[str]) -> Iterator[str]:
    text = page.read_text("utf-8")
    for path in PATH.findall(text):
        if path not in ELSEWHERE and not is_path(path.rstrip("./"), page):
            yield path
    for module in MODULE.findall(text):
        if not is_module(module.split(".")) and not is_file_in_words(module):
            yield module
    for code in CODE.findall(FENCE.sub("", text)):
        if FILE.fullmatch(code) and code not in ELSEWHERE and not any(p.endswith(f"/{code}") for p in paths):
            yield code


def is_path(path: str, page: Path) -> bool:
    return any(any(base.glob(path)) for base in (ROOT, page.parent, page.parent.parent))


def is_file_in_words(name: str) -> bool:
    """`tests.md` is a page, not a module."""
    return name.endswith((".md", ".py", ".sql", ".yaml"))


def is_module(parts: list[str]) -> bool:
    """A module or package, or a name that its module's text defines."""
    place = ROOT.joinpath(*parts)
    if place.is_dir() or place.with_suffix(".py").is_file():
        return True
    above = place.parent.with_suffix(".py") if place.parent != ROOT else place
    return above.is_file() and re.search(rf"\b{parts[-1]}\b", above.read_text("utf-8")) is not None


@pytest.fixture(scope="module")
def paths() -> list[str]:
    """Everything in the repository, from its root, with a slash first."""
    inside = (path for top in TOPS.split("|") for path in (ROOT / top).rglob("*"))
    return [f"/{path.relative_to(ROOT)}" for path in (*inside, *ROOT.iterdir())]


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


@pytest.mark.parametrize(
    "page", [p for p in pages() if p.name not in NOT_NAMED_TODAY], ids=lambda p: str(p.relative_to(ROOT))
)
def test_every_path_and_module_on_a_page_exists(page: Path, paths: list[str]) -> None:
    assert list(unknown_names(page, paths)) == []


def test_every_name_in_the_architecture_is_in_the_code() -> None:
    page = FENCE.sub("", (ROOT / "docs/architecture.md").read_text("utf-8"))
    names = {
        part for code in CODE.findall(page) if "/" not in code for part in re.findall(r"[A-Za-z_]\w+", code)
    }
    files = [p for top in ("flows", "tasks", "infra/cli", "sql") for p in (ROOT / top).rglob("*.*")]
    files += [ROOT / name for name in ("Makefile", "pyproject.toml")]
    known = {
        w
        for p in files
        if p.suffix in {"", ".py", ".sql", ".toml"}
        for w in re.findall(r"\w+", p.read_text())
    }
    assert names - known == set()
