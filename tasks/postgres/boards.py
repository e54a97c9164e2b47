"""The boards: which panels each of them has, and the rows behind a panel.

A page of ours and Grafana both draw this list, and take the queries from
`sql/queries/dashboard.sql`: so they show the same. `metrics.py` beside it lists the metrics.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.postgres.connection import Pool
from tasks.postgres.metrics import METRICS, Metric
from tasks.postgres.panels import (
    FIELD,
    KEY,
    RUN_ID,
    SCHEMA_NAME,
    Board,
    BoardLink,
    BoardParameter,
    Panel,
    days,
    hours,
    weeks,
)
from tasks.postgres.queries import query

TIMEOUT_S = 5.0
"""For one query. None should take 50 ms; a board that is drawn every minute must not pile up
behind one that does."""

_TO_DOCUMENT = BoardLink("key", "document", "key")
_TO_RUN = BoardLink("run_id", "document", "run_id")
_TO_FIELD = (BoardLink("schema_name", "quality", "schema_name"), BoardLink("field", "quality", "field"))
_ONE_SCHEMA = (days(30), SCHEMA_NAME)

BOARDS: tuple[Board, ...] = (
    Board(
        "now",
        "Now",
        "当前",
        "What is being processed, what waits, and how fast it goes.",
        (
            Panel(
                "queue", "What waits", "等待中", "queue", "table",
                "New objects are those of the newest 2,000 that are still there, that no run has begun and no reader refused.",
                parameters=(days(7),),
            ),
            Panel(
                "pages_by_hour", "Pages by hour", "每小时页数", "throughput", "bars",
                "Pages of the documents that were done.", x="hour", values=("n_pages",), parameters=(hours(48),),
            ),
            Panel(
                "documents_by_hour", "Documents by hour", "每小时文件数", "throughput", "stacked",
                "Done, and given up.", x="hour", values=("n_done", "n_failed"), parameters=(hours(48),),
            ),
            Panel(
                "working", "Running", "运行中", "working", "table",
                "Oldest first. One that is far older than the rest has lost its worker.", links=(_TO_RUN,),
            ),
            Panel(
                "given_up", "Gave up", "已放弃", "given_up", "table",
                "Runs that failed, by error. They wait to be resumed.", parameters=(days(7),),
            ),
            Panel(
                "newest_runs", "Newest runs", "最近的运行", "newest_runs", "table",
                "The runs that ended last, with their values by status.", links=(_TO_DOCUMENT, _TO_RUN),
            ),
        ),
    ),
    Board(
        "night",
        "Night",
        "夜间",
        "How the last night went, beside the days before it.",
        (
            Panel(
                "night", "The last hours", "最近几小时", "night", "stat", "How runs ended, and what was refused.",
                values=("n_done", "n_pages", "n_failed", "n_refused", "n_running", "newest"), parameters=(hours(24),),
            ),
            Panel(
                "documents_by_day", "Documents by day", "每日文件数", "days", "stacked",
                "Runs done, by schema.", x="day", values=("n_done",), series="schema_name", parameters=(days(30),),
            ),
            Panel(
                "pages_by_day", "Pages by day", "每日页数", "days", "stacked",
                "Pages of runs done, by schema.", x="day", values=("n_pages",), series="schema_name", parameters=(days(30),),
            ),
            Panel(
                "slowest_runs", "Slowest runs", "最慢的运行", "slowest_runs", "table",
                "The documents that took longest, of the newest 5,000.", parameters=(hours(24),), links=(_TO_DOCUMENT, _TO_RUN),
            ),
            Panel(
                "refused_by_day", "Refused by day", "每日被拒", "refused_by_day", "stacked",
                "Objects that the reader refused, by reason.", x="day", values=("n_objects",), series="code", parameters=(days(30),),
            ),
            Panel(
                "refused_by_code", "Refused by reason", "被拒原因", "refused_by_code", "bars",
                "Objects that the reader refused.", x="code", values=("n_objects",), parameters=(days(7),),
            ),
            Panel(
                "call_errors_by_day", "Failed calls by day", "每日失败的模型调用", "call_errors_by_day", "stacked",
                "Calls that a model server refused (busy: its queue was full) or left without an answer; most were sent again.",
                x="day", values=("n_calls",), series="failed_call", parameters=(days(30),),
            ),
            Panel(
                "newest_refused", "Newest refused", "最近被拒", "newest_refused", "table",
                "The objects that were refused last. They have no runs.",
            ),
        ),
    ),
    Board(
        "quality",
        "Quality",
        "质量",
        "How good the values are, and what people have still to look at.",
        (
            Panel(
                "unsettled_by_day", "Unsettled share", "未定比例", "unsettled_by_day", "lines",
                "Of the values that are not rejected, those still doubted.",
                x="day", values=("unsettled_share",), series="schema_name", unit="share", parameters=(days(30),),
            ),
            Panel(
                "reviewed_by_day", "Reviewed share", "复核比例", "reviewed_by_day", "lines",
                "Of the cells that the runs of a day left open, those with a review by now.",
                x="day", values=("reviewed_share",), unit="share", parameters=_ONE_SCHEMA,
            ),
            Panel(
                "cells_by_day", "Cells left open and reviewed", "待查与已复核", "reviewed_by_day", "bars",
                "By the day of the runs.", x="day", values=("n_open_cells", "n_reviewed"), parameters=_ONE_SCHEMA,
            ),
            Panel(
                "reviews_by_day", "Decisions by day", "每日决定", "reviews_by_day", "stacked",
                "What people decided, by the day on which they did.",
                x="day", values=("n_reviews",), series="decision", parameters=_ONE_SCHEMA,
            ),
            Panel(
                "flags_by_kind", "Findings by kind", "各类标记", "flags_by_kind", "stacked",
                "Findings of all rounds.", x="day", values=("n_findings",), series="kind", parameters=_ONE_SCHEMA,
            ),
            Panel(
                "flags_by_field", "Findings by field", "各字段标记", "flags_by_field", "stacked",
                "The fields with most findings. The one without a name: about an answer as a whole.",
                x="field", values=("n_redundant", "n_missing", "n_malformed", "n_boundary"), parameters=_ONE_SCHEMA,
                links=_TO_FIELD,
            ),
            Panel(
                "rounds", "Rounds", "轮数", "rounds", "stacked",
                "How many rounds runs took.", x="n_rounds", values=("n_runs",), series="schema_name", parameters=(days(30),),
            ),
            Panel(
                "fields", "Fields", "字段", "fields", "table",
                "How each field fared. A field without any row was never found and never flagged.",
                parameters=_ONE_SCHEMA, links=_TO_FIELD,
            ),
            Panel(
                "values_by_day", "Values by day", "每日取值", "field_by_day", "stacked",
                "Of one field, or of all.", x="day", values=("n_verified", "n_unsettled", "n_rejected"),
                parameters=(days(90), SCHEMA_NAME, FIELD),
            ),
            Panel(
                "score_by_day", "Mean score by day", "每日平均分", "field_by_day", "lines",
                "The critic's probability that a value is right. Of one field, or of all.",
                x="day", values=("mean_score",), unit="score", parameters=(days(90), SCHEMA_NAME, FIELD),
            ),
            Panel(
                "questions", "Open questions", "待决问题", "questions", "table",
                "What the review asks people, by reason and age; of the 10,000 questions that gain most.",
            ),
            Panel(
                "open_cells", "Open cells", "待查格", "open_cells", "table",
                "What waits for a reviewer, newest first: doubted or failed, without a review.",
                parameters=(days(7),), links=(_TO_DOCUMENT, _TO_RUN, *_TO_FIELD),
            ),
        ),
    ),
    Board(
        "versions",
        "Versions",
        "版本",
        "Which versions are in service, and whether results drift from one to the next.",
        (
            Panel(
                "versions", "In service", "在用版本", "versions", "table",
                "Versions that processed documents, and how they fared.", parameters=(days(30),),
            ),
            Panel(
                "versions_by_day", "Runs by version", "各版本运行数", "versions_by_day", "stacked",
                "Runs done.", x="day", values=("n_runs",), series="version", parameters=_ONE_SCHEMA,
            ),
            Panel(
                "score_by_week", "Mean score by week", "每周平均分", "drift", "lines",
                "The critic's probability that a value is right.",
                x="week", values=("mean_score",), series="label", unit="score", parameters=(weeks(12),),
            ),
            Panel(
                "unsettled_by_week", "Unsettled share by week", "每周未定比例", "drift", "lines",
                "Of the values that are not rejected, those still doubted.",
                x="week", values=("unsettled_share",), series="label", unit="share", parameters=(weeks(12),),
            ),
            Panel(
                "drift", "Weeks beside the week before", "与上周对比", "drift", "table",
                "The week before is that of the same schema, whatever versions it had then.", parameters=(weeks(12),),
            ),
        ),
    ),
    Board(
        "cost",
        "Cost",
        "成本",
        "Money, tokens and seconds of model calls, at the prices of their time.",
        (
            Panel(
                "money_by_day", "Money by day", "每日费用", "cost_by_day", "stacked",
                "Without a price table there is none.",
                x="day", values=("money",), series="schema_name", unit="money", parameters=(days(30),),
            ),
            Panel(
                "tokens_per_page", "Tokens a page", "每页词元", "cost_per_page", "lines",
                "In and out, over the pages of runs done.",
                x="day", values=("tokens_per_page",), series="schema_name", unit="tokens", parameters=(days(30),),
            ),
            Panel(
                "seconds_per_page", "Seconds a page", "每页秒数", "cost_per_page", "lines",
                "Of model calls, each for itself.",
                x="day", values=("seconds_per_page",), series="schema_name", unit="seconds", parameters=(days(30),),
            ),
            Panel(
                "cost_by_day", "Cost by day", "每日成本", "cost_by_day", "table",
                "Of runs done; superseded ones too, for they were paid.", parameters=(days(30),),
            ),
            Panel(
                "dearest_runs", "Dearest runs", "最贵的运行", "dearest_runs", "table",
                "Most tokens first, of the newest 5,000.", parameters=(hours(24),), links=(_TO_DOCUMENT, _TO_RUN),
            ),
        ),
    ),
    Board(
        "backfill",
        "Backfill",
        "回填",
        "How far the newest backfills have come.",
        (
            Panel("backfills", "Backfills", "回填", "backfills", "table", "The newest five."),
            Panel(
                "backfill_states", "Documents by state", "各状态文件数", "backfills", "stacked", "The newest five.", x="name",
                values=("n_waiting", "n_submitted", "n_done", "n_unchanged", "n_refused", "n_failed"),
            ),
            Panel(
                "backfill_reasons", "Why documents were left", "未完成原因", "backfill_reasons", "table",
                "Refused or not finished; up to 5,000 of each backfill.",
            ),
        ),
    ),
    Board(
        "document",
        "Document",
        "文件",
        "The runs of one document, and what one of them cost.",
        (
            Panel(
                "runs_of_document", "Runs", "运行", "runs_of_document", "table",
                "Of one key, or of the document of a run; without both, of the document that was done last.", parameters=(KEY, RUN_ID),
                links=(_TO_RUN,),
            ),
            Panel(
                "cost_of_run", "Cost of a run", "运行成本", "cost_of_run", "table",
                "Of one run; of a key its newest; without both, of the run that was done last.", parameters=(KEY, RUN_ID),
                links=(_TO_RUN,),
            ),
        ),
    ),
)  # fmt: skip


def parameters_of(query_name: str) -> tuple[BoardParameter, ...]:
    """What may be chosen for a query of the boards.

    Raises:
        KeyError: no panel shows such a query.
    """
    for board in BOARDS:
        for panel in board.panels:
            if panel.query == query_name:
                return panel.parameters
    raise KeyError(query_name)


class Boards:
    """The rows of boards and metrics. Reads only."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def rows(self, query_name: str, chosen: Mapping[str, int | str] | None = None) -> list[dict[str, Any]]:
        """The rows of one query of `sql/queries/dashboard.sql`.

        Args:
            chosen: By parameter; one that is missing has its default, and one that the query does
                not have is ignored: the parameters of a board go to all of its panels.

        Raises:
            KeyError: no panel shows such a query.
            ValueError: a parameter is out of its range. The message is for the user.
            StoreUnavailable: it took longer than `TIMEOUT_S`.
        """
        values = {p.name: p.read((chosen or {}).get(p.name, p.default)) for p in parameters_of(query_name)}
        with self._pool.transaction() as connection:
            return _ask(connection, "dashboard", query_name, values)

    def samples(self) -> list[tuple[Metric, list[dict[str, Any]]]]:
        """Each metric with its rows: its labels, and `value`."""
        with self._pool.transaction() as connection:
            return [(metric, _ask(connection, "metrics", metric.query, {})) for metric in METRICS]


def _ask(
    connection: psycopg.Connection, file: str, query_name: str, values: Mapping[str, int | str]
) -> list[dict[str, Any]]:
    connection.execute("SELECT set_config('statement_timeout', %s, true)", (f"{TIMEOUT_S:g}s",))
    with connection.cursor(row_factory=dict_row) as cursor:
        # Never prepared: a plan for all values of a parameter would not know how few days are asked for.
        return cursor.execute(query(file, query_name), values, prepare=False).fetchall()
