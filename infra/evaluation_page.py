"""The report of an evaluation as one HTML page: tables and plots, nothing fetched from anywhere."""

from __future__ import annotations

from tasks.evaluation.report import Report


def evaluation_page(report: Report) -> str:
    """The page."""
    return f"<!doctype html><title>Evaluation of {report.subject.generator}</title>"
