"""`python -m infra.deploy.grafana`: the dashboards as files, `dashboards/NAME.json`, that Grafana provisions.

They are committed, so that nobody needs the SDK to use them; a test compares them with the code.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from infra.deploy.grafana.metric_boards import metrics_dashboard
from infra.deploy.grafana.sql_boards import sql_dashboards

FOLDER = Path(__file__).with_name("dashboards")


def dashboards() -> dict[str, Dashboard]:
    """All of them, by the name of their file."""
    return {**sql_dashboards(), "metrics": metrics_dashboard()}


def as_json(dashboard: Dashboard) -> str:
    """As the SDK's own types read it: what a builder left unset, they write with its default."""
    register_default_plugins()
    read = Dashboard.from_json(json.loads(_dumped(dashboard)))
    return _dumped(read)


def _dumped(dashboard: Dashboard) -> str:
    return json.dumps(dashboard, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write() -> None:
    """Write every file and delete those of boards that are gone."""
    made = dashboards()
    for path in FOLDER.glob("*.json"):
        if path.stem not in made:
            path.unlink()
    for name, dashboard in made.items():
        (FOLDER / f"{name}.json").write_text(as_json(dashboard), encoding="utf-8")


def main() -> None:
    argparse.ArgumentParser(
        "python -m infra.deploy.grafana", description="Write the dashboards anew. It takes no options."
    ).parse_args()
    write()


if __name__ == "__main__":
    main()
