"""Map other names and misspellings to the keys of an item and the fields of the schema.

A name is mapped only if it is close to exactly one; the caller reports the others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from tasks.core.schema import FieldSpec

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
    "bar": (),
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
_KEY_LIKENESS = 80  # rapidfuzz ratio: `qoute` for `quote` has 80, `score` for `source` 73
_FIELD_LIKENESS = 88
_FIELD_LEAD = 5  # over the second field: a schema may have `license_grant` and `licensor_grant`


def plain_name(name: str) -> str:
    """A name without case, punctuation and blanks."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def repaired_keys(
    body: dict[Any, Any], known: dict[str, Sequence[str]] | dict[str, tuple[str, ...]]
) -> dict[str, Any]:
    """The values of the known keys, also under an alias or a close misspelling."""
    spare = {plain_name(str(key)): str(key) for key in body if key not in known}
    repaired = {key: body[key] for key in known if key in body}
    for key, others in known.items():
        if key in repaired:
            continue
        alias = next((spare[o] for o in (key, *others) if o in spare), None) or _closest_key(key, spare)
        if alias is not None:
            repaired[key] = body[alias]
            spare.pop(plain_name(alias), None)
    return repaired


def _closest_key(key: str, spare: dict[str, str]) -> str | None:
    return next((raw for name, raw in spare.items() if fuzz.ratio(key, name) >= _KEY_LIKENESS), None)


def is_wrapper(key: str) -> bool:
    name = plain_name(key)
    return name in WRAPPERS or fuzz.ratio(name, "items") >= _KEY_LIKENESS


def closest_name(name: str, specs: Sequence[FieldSpec]) -> str | None:
    """The one field or part with this name or title, or with one spelled almost like it."""
    return _closest_name(name, tuple((spec.name, spec.title) for spec in specs))


@lru_cache(maxsize=4096)
def _closest_name(name: str, fields: tuple[tuple[str, str], ...]) -> str | None:
    if any(name == field for field, _ in fields):
        return name
    plain = plain_name(name)
    if not plain:
        return None
    exact = {field for field, title in fields if plain in (plain_name(field), plain_name(title))}
    if exact:
        return exact.pop() if len(exact) == 1 else None
    ratios = ((max(fuzz.ratio(plain, plain_name(n)) for n in pair), pair[0]) for pair in fields)
    best, second = [*sorted(ratios, reverse=True), (0.0, "")][:2]
    return best[1] if best[0] >= _FIELD_LIKENESS and best[0] - second[0] >= _FIELD_LEAD else None
