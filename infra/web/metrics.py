"""Metrics for Prometheus, counted by PostgreSQL when they are asked for.

Batches and commands live for seconds or minutes, so they hold no metrics to scrape and push none: what they did
stands in the store, and one long-lived process answers for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import exposition, metrics_core
from prometheus_client.registry import Collector, CollectorRegistry

from infra.web.data import BoardData, Row
from tasks.postgres.metrics import Metric


class StoreCollector(Collector):
    """Asks the store at every scrape."""

    def __init__(self, data: BoardData) -> None:
        self._data = data

    def describe(self) -> Iterable[metrics_core.Metric]:
        """Names no metric: registering must not ask the store."""
        return ()

    def collect(self) -> Iterator[metrics_core.Metric]:
        return (_family(metric, rows) for metric, rows in self._data.samples())


def exposed(data: BoardData, accept: str) -> tuple[bytes, str]:
    """The metrics in the form that the header `Accept` asks for, and its media type.

    Raises:
        StoreUnavailable, ConfigurationError, StoreError: see `BoardData`.
    """
    registry = CollectorRegistry()
    registry.register(StoreCollector(data))
    encode, media_type = exposition.choose_encoder(accept)
    return encode(registry), media_type


def _family(metric: Metric, rows: Iterable[Row]) -> metrics_core.Metric:
    kinds = {"counter": metrics_core.CounterMetricFamily, "gauge": metrics_core.GaugeMetricFamily}
    family = kinds[metric.kind](metric.name, metric.documentation, labels=metric.labels)
    for row in rows:
        if row["value"] is not None:
            labels = ["" if row[label] is None else str(row[label]) for label in metric.labels]
            family.add_metric(labels, float(row["value"]))
    return family
