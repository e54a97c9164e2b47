"""Grafana dashboards as code: the boards of `tasks/postgres/boards.py`, and one over metrics."""
