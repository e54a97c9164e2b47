"""What a board is made of: panels over the named queries of `sql/queries/dashboard.sql`, and what
each of their columns means.

Shapes and words only: whoever draws a board (a page, Grafana) reads them, and nothing here draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from tasks.core.text.to_pg_text import storable

PanelKind = Literal["table", "bars", "lines", "stat", "stacked"]
"""bars: one for each row and value; stacked: the values or series of one x on each other."""

ColumnUnit = Literal[
    "text", "flag", "count", "number", "seconds", "share", "score", "money", "tokens", "day", "time"
]
"""share and score: 0 to 1; day: a date of UTC; time: with its zone; money: see column `currency`."""

ParameterKind = Literal["number", "text", "run"]


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A column of a query. NULL stands for "there is none", and is shown as a dash."""

    name: str
    title: str
    title_zh: str
    unit: ColumnUnit = "count"


@dataclass(frozen=True, slots=True)
class BoardParameter:
    """What the user of a board may choose. An empty text stands for all, or for the newest."""

    name: str
    title: str
    title_zh: str
    default: int | str
    kind: ParameterKind = "number"
    at_most: int = 0
    """Of a number; the least is 1."""

    def read(self, given: int | str) -> int | str:
        """The value to ask with.

        Raises:
            ValueError: it is no whole number in range, or no run's id. The message is for the user.
        """
        if self.kind == "number":
            text = str(given).strip()
            if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= self.at_most:
                raise ValueError(f"`{self.name}` must be a whole number from 1 to {self.at_most}.")
            return int(text)
        if self.kind == "run" and given != "":
            try:
                return str(UUID(str(given)))
            except ValueError:
                raise ValueError(f"`{self.name}` must be the id of a run, or empty.") from None
        return storable(str(given))


@dataclass(frozen=True, slots=True)
class BoardLink:
    """A cell that leads to a board: its content is the value of that board's parameter."""

    column: str
    board: str
    parameter: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One query and how it is drawn. The columns of a table are those of its query, in order."""

    name: str
    title: str
    title_zh: str
    query: str
    """Its name in `sql/queries/dashboard.sql`."""
    kind: PanelKind
    description: str
    x: str = ""
    """The column along which a chart runs; empty in tables and stats."""
    values: tuple[str, ...] = ()
    """The columns that a chart or stat shows; empty in tables, which show all."""
    series: str = ""
    """The column that names the line or colour of a row; empty: each of `values` is one."""
    unit: ColumnUnit = "count"
    parameters: tuple[BoardParameter, ...] = ()
    links: tuple[BoardLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    name: str
    title: str
    title_zh: str
    description: str
    panels: tuple[Panel, ...]


def days(default: int) -> BoardParameter:
    return BoardParameter("days", "Days", "天数", default, at_most=366)


def hours(default: int) -> BoardParameter:
    """At most a week: hours before migration 0015 were counted for eight days."""
    return BoardParameter("hours", "Hours", "小时数", default, at_most=168)


def weeks(default: int) -> BoardParameter:
    return BoardParameter("weeks", "Weeks", "周数", default, at_most=52)


SCHEMA_NAME = BoardParameter("schema_name", "Schema", "模式", "", "text")
FIELD = BoardParameter("field", "Field", "字段", "", "text")
KEY = BoardParameter("key", "Document", "文件", "", "text")
RUN_ID = BoardParameter("run_id", "Run", "运行", "", "run")

_COLUMNS = (
    BoardColumn("run_id", "Run", "运行", "text"),
    BoardColumn("document_id", "SHA-256", "SHA-256", "text"),
    BoardColumn("key", "Document", "文件", "text"),
    BoardColumn("content", "Content", "内容", "text"),
    BoardColumn("since", "Since", "自", "time"),
    BoardColumn("schema_name", "Schema", "模式", "text"),
    BoardColumn("field", "Field", "字段", "text"),
    BoardColumn("flow_run_id", "Flow run", "流程运行", "text"),
    BoardColumn("state", "State", "状态", "text"),
    BoardColumn("error_code", "Error", "错误", "text"),
    BoardColumn("code", "Reason", "原因", "text"),
    BoardColumn("message", "What happened", "说明", "text"),
    BoardColumn("reason", "Reason", "原因", "text"),
    BoardColumn("what", "What waits", "等待项", "text"),
    BoardColumn("n", "Count", "数量"),
    BoardColumn("is_more", "Or more", "或更多", "flag"),
    BoardColumn("oldest", "Oldest", "最早", "time"),
    BoardColumn("newest", "Newest", "最近", "time"),
    BoardColumn("created_at", "Began", "开始", "time"),
    BoardColumn("started_at", "Started", "启动", "time"),
    BoardColumn("finished_at", "Ended", "结束", "time"),
    BoardColumn("hour", "Hour", "小时", "time"),
    BoardColumn("day", "Day", "日期", "day"),
    BoardColumn("week", "Week of", "周", "day"),
    BoardColumn("first_day", "First day", "首日", "day"),
    BoardColumn("last_day", "Last day", "末日", "day"),
    BoardColumn("seconds", "Seconds", "秒", "seconds"),
    BoardColumn("wall_s", "Seconds", "秒", "seconds"),
    BoardColumn("n_running", "Running", "运行中"),
    BoardColumn("n_done", "Done", "完成"),
    BoardColumn("n_failed", "Gave up", "放弃"),
    BoardColumn("n_superseded", "Superseded", "被取代"),
    BoardColumn("n_refused", "Refused", "被拒"),
    BoardColumn("n_unchanged", "Unchanged", "未变"),
    BoardColumn("n_waiting", "Waiting", "等待"),
    BoardColumn("n_submitted", "Submitted", "已提交"),
    BoardColumn("n_documents", "Documents", "文件数"),
    BoardColumn("n_objects", "Objects", "对象数"),
    BoardColumn("n_calls", "Calls", "调用数"),
    BoardColumn("failed_call", "Model and reason", "模型与原因", "text"),
    BoardColumn("n_pages", "Pages", "页数"),
    BoardColumn("n_runs", "Runs", "运行数"),
    BoardColumn("n_rounds", "Rounds", "轮数"),
    BoardColumn("round_number", "Round", "轮次"),
    BoardColumn("chunk_index", "Chunk", "文段", "number"),
    BoardColumn("n_answers", "Answers", "回答数"),
    BoardColumn("n_verified", "Verified", "已核实"),
    BoardColumn("n_unsettled", "Unsettled", "未定"),
    BoardColumn("n_rejected", "Rejected", "已否决"),
    BoardColumn("n_unsettled_cells", "Unsettled cells", "未定格"),
    BoardColumn("n_failed_cells", "Failed cells", "失败格"),
    BoardColumn("n_open_cells", "Cells left open", "待查格"),
    BoardColumn("n_reviewed", "Cells reviewed", "已复核格"),
    BoardColumn("n_reviews", "Decisions", "决定数"),
    BoardColumn("n_questions", "Questions", "问题数"),
    BoardColumn("n_new", "Of the last day", "最近一天"),
    BoardColumn("n_week_old", "Older than a week", "超过一周"),
    BoardColumn("n_month_old", "Older than a month", "超过一月"),
    BoardColumn("decision", "Decision", "决定", "text"),
    BoardColumn("kind", "Kind", "种类", "text"),
    BoardColumn("n_findings", "Findings", "标记数"),
    BoardColumn("n_redundant", "Redundant", "多余"),
    BoardColumn("n_missing", "Missing", "遗漏"),
    BoardColumn("n_malformed", "Malformed", "格式错误"),
    BoardColumn("n_boundary", "Boundary", "边界"),
    BoardColumn("findings_per_run", "Findings a run", "每次标记数", "number"),
    BoardColumn("mean_score", "Mean score", "平均分", "score"),
    BoardColumn("mean_score_before", "Mean score before", "上周平均分", "score"),
    BoardColumn("unsettled_share", "Unsettled share", "未定比例", "share"),
    BoardColumn("unsettled_share_before", "Unsettled share before", "上周未定比例", "share"),
    BoardColumn("empty_share", "Without a value", "无值比例", "share"),
    BoardColumn("empty_share_before", "Without a value before", "上周无值比例", "share"),
    BoardColumn("reviewed_share", "Reviewed share", "复核比例", "share"),
    BoardColumn("generator", "Generator", "生成模型", "text"),
    BoardColumn("critic", "Critic", "评审模型", "text"),
    BoardColumn("reader_version", "Reader", "读取器", "text"),
    BoardColumn("version", "Versions", "版本", "text"),
    BoardColumn("label", "Schema and versions", "模式与版本", "text"),
    BoardColumn("model", "Model", "模型", "text"),
    BoardColumn("stage", "Stage", "阶段", "text"),
    BoardColumn("currency", "Currency", "货币", "text"),
    BoardColumn("money", "Money", "费用", "money"),
    BoardColumn("tokens_in", "Tokens in", "输入词元", "tokens"),
    BoardColumn("tokens_out", "Tokens out", "输出词元", "tokens"),
    BoardColumn("tokens_per_page", "Tokens a page", "每页词元", "number"),
    BoardColumn("seconds_per_page", "Seconds a page", "每页秒数", "seconds"),
    BoardColumn("name", "Name", "名称", "text"),
)

COLUMNS = {column.name: column for column in _COLUMNS}
"""By name: a name means the same in every query of the boards."""
