"""Names close to the right ones: keys of an item, and fields of the schema.

A name is mended only when it is close to one and to no other; what is left is for the caller to report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from tasks.core.schema import Schema

ITEM_KEYS = {
    "field": ("field_name", "fieldname", "name", "key", "label", "category", "type", "entity_type", "字段", "字段名", "字段名称", "名称", "类别", "类型"),
    "quote": ("evidence", "text", "source_text", "source", "excerpt", "citation", "quotation", "span", "passage", "sentence", "snippet", "clause", "原文", "引文", "引用", "原文引用", "摘录", "依据", "证据", "原句"),
    "value": ("answer", "content", "extracted_value", "normalized_value", "result", "值", "字段值", "取值", "答案", "内容", "结果"),
    "score": ("confidence", "confidence_score", "probability", "certainty", "置信度", "分数", "得分", "可信度"),
}  # fmt: skip
PART_KEYS = ("parts", "part", "roles", "arguments", "components", "组成部分", "部分")
VERDICT_KEYS = {
    "candidate": ("candidate_index", "candidate_id", "index", "id", "item", "候选", "序号", "编号"),
    "right": ("probability", "p", "p_right", "correct", "confidence", "score", "正确", "正确率", "概率", "置信度"),
    "flagged": ("flag", "is_flagged", "doubted", "标记", "存疑"),
    "reason": ("explanation", "why", "comment", "rationale", "理由", "原因", "说明"),
    "part": (),
}  # fmt: skip
MISSING_KEYS = {
    "field": ITEM_KEYS["field"],
    "quote": ITEM_KEYS["quote"],
    "passage": ("passage_index", "段落"),
    "start": ("begin", "start_offset", "开始", "起始"),
    "end": ("stop", "end_offset", "结束"),
    "score": ITEM_KEYS["score"],
    "reason": VERDICT_KEYS["reason"],
    "candidate": VERDICT_KEYS["candidate"][:3],
    "part": (),
}
WRAPPERS = frozenset(
    {
        "items", "results", "result", "extractions", "extraction", "extracted", "extracted_items", "entities", "data", "answer",
        "answers", "output", "response", "fields", "values", "candidates", "records", "matches", "json", "findings",
        "结果", "提取结果", "抽取结果", "项目", "条目", "数据", "字段", "实体", "输出", "答案",
    }
)  # fmt: skip
_KEY_LIKENESS = 80
"""rapidfuzz ratio: `qoute` for `quote` has 80, `score` for `source` 73."""
_FIELD_LIKENESS = 88
_FIELD_LEAD = 5
"""How much more alike than the next field: `license_grant` is not `licensor_grant` when both are asked for."""


def plain(name: str) -> str:
    """A name without case, marks and blanks."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def mended_keys(
    body: dict[Any, Any], known: dict[str, Sequence[str]] | dict[str, tuple[str, ...]]
) -> dict[str, Any]:
    """The object with every known key that is missing taken from the key that means it, if there is one."""
    spare = {plain(str(key)): str(key) for key in body if key not in known}
    mended = {key: body[key] for key in known if key in body}
    for key, others in known.items():
        if key in mended:
            continue
        meant = next((spare[o] for o in (key, *others) if o in spare), None) or _closest_key(key, spare)
        if meant is not None:
            mended[key] = body[meant]
            spare.pop(plain(meant), None)
    return mended


def _closest_key(key: str, spare: dict[str, str]) -> str | None:
    return next((raw for name, raw in spare.items() if fuzz.ratio(key, name) >= _KEY_LIKENESS), None)


def is_wrapper(key: str) -> bool:
    name = plain(key)
    return name in WRAPPERS or fuzz.ratio(name, "items") >= _KEY_LIKENESS


def field_named(name: str, schema: Schema) -> str | None:
    """The one field of the schema that a name means: by name, by title, or by a close spelling of either."""
    return _field_named(name, tuple((f.name, f.title) for f in schema.fields))


def name_among(name: str, names: Sequence[tuple[str, str]]) -> str | None:
    """The one of several (name, title) pairs that a name means."""
    return _field_named(name, tuple(names))


@lru_cache(maxsize=4096)
def _field_named(name: str, fields: tuple[tuple[str, str], ...]) -> str | None:
    if any(name == field for field, _ in fields):
        return name
    wanted = plain(name)
    if not wanted:
        return None
    exact = {field for field, title in fields if wanted in (plain(field), plain(title))}
    if exact:
        return exact.pop() if len(exact) == 1 else None
    ranked = sorted(((max(_ratios(wanted, pair)), pair[0]) for pair in fields), reverse=True)
    best, second = ranked[0], ranked[1] if len(ranked) > 1 else (0.0, "")
    return best[1] if best[0] >= _FIELD_LIKENESS and best[0] - second[0] >= _FIELD_LEAD else None


def _ratios(wanted: str, names: Iterable[str]) -> list[float]:
    return [fuzz.ratio(wanted, plain(n)) for n in names]
