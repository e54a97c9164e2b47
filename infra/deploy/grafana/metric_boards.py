"""The dashboard over metrics: Triton's own, Prefect's own, and those of `countersign boards`.

Names of Triton 2.x: docs/user_guide/metrics.md of triton-inference-server/server. Names of Prefect
3.9: `prefect/events/clients.py`, `prefect/logging/clients.py` and
`prefect/server/utilities/worker_channel.py`; its `/api/metrics` is on only with
`PREFECT_SERVER_METRICS_ENABLED`, and says nothing of flow runs: the store does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import dashboard, prometheus, timeseries
from grafana_foundation_sdk.models import dashboard as models

PROMETHEUS = "prometheus"
SOURCE = models.DataSourceRef(type_val=PROMETHEUS, uid="${datasource}")
_DOCUMENTS = "sum by (schema_name, state) (increase(countersign_runs_total[1h]))"
_FINDINGS = "sum by (kind) (increase(countersign_findings_total[1h]))"
_TOKENS = "sum by (schema_name, direction) (increase(countersign_tokens_total[1h]))"
_UNSETTLED = (
    'sum by (schema_name) (increase(countersign_values_total{status="unsettled"}[1d])) '
    '/ sum by (schema_name) (increase(countersign_values_total{status=~"verified|unsettled"}[1d]))'
)
_OF_MODEL = "sum by (model, version)"
_REQUESTS = f"{_OF_MODEL} (rate(nv_inference_request_success[5m]))"


@dataclass(frozen=True, slots=True)
class MetricPanel:
    """One expression of PromQL and how it is shown."""

    title: str
    description: str
    expression: str
    legend: str
    unit: str = "short"


ROWS: dict[str, tuple[MetricPanel, ...]] = {
    "Countersign": (
        MetricPanel("Documents an hour", "Ends of runs.", _DOCUMENTS, "{{schema_name}} {{state}}"),
        MetricPanel(
            "Pages an hour", "Pages of runs done.",
            "sum by (schema_name) (increase(countersign_pages_total[1h]))", "{{schema_name}}",
        ),
        MetricPanel("Unsettled share, a day", "Of the values not rejected.", _UNSETTLED, "{{schema_name}}", "percentunit"),
        MetricPanel("Findings an hour", "Of all rounds.", _FINDINGS, "{{kind}}"),
        MetricPanel(
            "Decisions a day", "Of people, in reviews.",
            "sum by (decision) (increase(countersign_reviews_total[1d]))", "{{decision}}",
        ),
        MetricPanel(
            "Refused a day", "Objects that the reader refused.",
            "sum by (code) (increase(countersign_refused_objects_total[1d]))", "{{code}}",
        ),
        MetricPanel("Running", "Runs in state running.", "countersign_running", "running"),
        MetricPanel(
            "Oldest running", "One far older than the rest has lost its worker.",
            "countersign_oldest_running_seconds", "oldest", "s",
        ),
        MetricPanel("Since a run ended", "Whether done or not.", "countersign_newest_end_age_seconds", "age", "s"),
        MetricPanel(
            "Backfills: documents waiting", "Of running and paused ones.", "countersign_backfill_waiting", "waiting"
        ),
        MetricPanel(
            "Open cells", "Left to a reviewer in the last seven days.",
            "sum by (schema_name) (countersign_open_cells)", "{{schema_name}}",
        ),
        MetricPanel("Tokens an hour", "To and from models.", _TOKENS, "{{schema_name}} {{direction}}"),
        MetricPanel(
            "Rounds a run, a day", "Over runs done.",
            "sum by (schema_name) (increase(countersign_rounds_total[1d])) "
            '/ sum by (schema_name) (increase(countersign_runs_total{state="done"}[1d]))',
            "{{schema_name}}",
        ),
        MetricPanel(
            "Seconds of model calls an hour", "Each call for itself.",
            "sum by (schema_name) (increase(countersign_call_seconds_total[1h]))", "{{schema_name}}", "s",
        ),
        MetricPanel(
            "Money a day", "At the prices of their time.",
            "sum by (schema_name, currency) (increase(countersign_money_total[1d]))", "{{schema_name}} {{currency}}",
        ),
    ),
    "Triton": (
        MetricPanel(
            "Refused or unanswered an hour", "Calls of batches that ended; busy: a full queue, which Triton counts nowhere.",
            "sum by (model, code) (increase(countersign_call_errors_total[1h]))", "{{model}} {{code}}",
        ),
        MetricPanel(
            "Requests a second", "Answered.", _REQUESTS, "{{model}}/{{version}}", "reqps"
        ),
        MetricPanel(
            "Failures a second", "Requests that failed.",
            f"{_OF_MODEL} (rate(nv_inference_request_failure[5m]))", "{{model}}/{{version}}", "reqps",
        ),
        MetricPanel(
            "Queue time of a request", "How long it waited for an instance.",
            f"{_OF_MODEL} (rate(nv_inference_queue_duration_us[5m])) / {_REQUESTS} / 1e6", "{{model}}/{{version}}", "s",
        ),
        MetricPanel(
            "Compute time of a request", "Inference alone.",
            f"{_OF_MODEL} (rate(nv_inference_compute_infer_duration_us[5m])) / {_REQUESTS} / 1e6",
            "{{model}}/{{version}}", "s",
        ),
        MetricPanel(
            "Waiting requests", "Not yet begun.", f"{_OF_MODEL} (nv_inference_pending_request_count)", "{{model}}/{{version}}"
        ),
        MetricPanel(
            "Inputs a batch", "1: nothing is batched.",
            f"{_OF_MODEL} (rate(nv_inference_count[5m])) / {_OF_MODEL} (rate(nv_inference_exec_count[5m]))", "{{model}}/{{version}}",
        ),
        MetricPanel("Processor", "Of the server's machine.", "nv_cpu_utilization", "processor", "percentunit"),
        MetricPanel("Memory", "Of the server's machine.", "nv_cpu_memory_used_bytes", "used", "bytes"),
    ),
    "Prefect": (
        MetricPanel(
            "Events a second", "Received by the server's subscribers.",
            "sum(rate(prefect_events_observed_total[5m]))", "events",
        ),
        MetricPanel(
            "Worker connections", "Of the workers' channel, by event.",
            "sum by (event) (increase(prefect_worker_channel_connections_total[1h]))", "{{event}}",
        ),
        MetricPanel("Memory", "Of the server.", 'process_resident_memory_bytes{job="prefect"}', "resident", "bytes"),
        MetricPanel(
            "Processor", "Processors that the server keeps busy.", 'rate(process_cpu_seconds_total{job="prefect"}[5m])', "busy"
        ),
    ),
}  # fmt: skip


def metrics_dashboard() -> models.Dashboard:
    made = dashboard.Dashboard("Countersign: Metrics").uid("countersign-metrics").tags(["countersign"])
    made.description("Countersign, Triton and Prefect, as Prometheus scraped them.").readonly()
    made.timezone("utc").time("now-24h", "now").refresh("30s")
    made.link(
        dashboard.DashboardLink("Boards").type(models.DashboardLinkType.DASHBOARDS).tags(["countersign"])
    )
    made.with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type(PROMETHEUS))
    number = 0
    for name, panels in ROWS.items():
        made.with_row(dashboard.Row(name))
        for panel in panels:
            number += 1
            made.with_panel(_panel(panel).id(number))
    return made.build()


def _panel(panel: MetricPanel) -> Any:
    target = prometheus.Dataquery().expr(panel.expression).legend_format(panel.legend).range().ref_id("A")
    made = timeseries.Panel().title(panel.title).description(panel.description).datasource(SOURCE)
    return made.with_target(target).unit(panel.unit).min(0).span(8).height(8)
