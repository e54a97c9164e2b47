"""Image, compose file, chart and job templates agree with the lock, with the settings and with each other, and hold no secret.

What their own tools say of them (hadolint, helm, Prefect's workers) is told in docs/deployment.md: those are not in the lock.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prefect.settings.legacy import _get_valid_setting_names
from prefect.settings.models.root import Settings as PrefectSettings
from prefect.utilities.templating import apply_values, find_placeholders
from prefect.workers.process import ProcessJobConfiguration
from ruamel.yaml import YAML

import infra.demo
import infra.deploy.triton.tensorrt_llm.fill
import sql.migrate
from infra.deploy.grafana import __main__ as grafana
from infra.deploy.work_pools.fill import filled, main
from tasks.settings import Settings, variable

ROOT = Path(__file__).parents[3]
CHART = ROOT / "infra" / "deploy" / "helm" / "countersign"
DOCKERFILE = (ROOT / "infra" / "deploy" / "image" / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = YAML(typ="safe").load(
    (ROOT / "infra" / "deploy" / "compose" / "compose.yaml").read_text()
)
VALUES: dict[str, Any] = YAML(typ="safe").load((CHART / "values.yaml").read_text())
TEMPLATES = {
    path.stem: json.loads(path.read_text())
    for path in (ROOT / "infra" / "deploy" / "work_pools").glob("*.json")
}
DEPLOYED = [
    ROOT / ".dockerignore",
    *(
        path
        for name in ("image", "compose", "helm", "work_pools")
        for path in (ROOT / "infra" / "deploy" / name).rglob("*")
    ),
]
TEXTS = {
    path: path.read_text() for path in DEPLOYED if path.is_file() and path.suffix not in (".lock", ".pyc")
}

OUTSIDE = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"}
"""Read by boto3, not by us."""
REDIS = {"PREFECT_REDIS_MESSAGING_URL", "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL"}
"""Settings of prefect-redis 0.3, which is in the image only."""
KUBERNETES = {
    "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES",
    "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_AUTH_STRING_SECRET_NAME",
    "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_AUTH_STRING_SECRET_KEY",
    "PREFECT_KUBERNETES_CLUSTER_UID",
}
"""Settings of prefect-kubernetes 0.8, which is in the image only."""
NOT_SETTINGS = {"COUNTERSIGN_DB_PASSWORD", "COUNTERSIGN_HOME"}
"""A name of example.env, which compose.yaml puts into a setting; and what `infra.stack` reads."""


def locked(path: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][\w.-]*)==([^\s;]+)", (ROOT / path).read_text(), re.MULTILINE))


def known_settings() -> set[str]:
    ours = {variable(name) for name in Settings.model_fields}
    prefects = {name.upper() for name in _get_valid_setting_names(PrefectSettings)}
    return ours | prefects | OUTSIDE | REDIS | KUBERNETES | NOT_SETTINGS


def services(command: str = "") -> dict[str, dict[str, Any]]:
    return {name: s for name, s in COMPOSE["services"].items() if command in shlex.join(s.get("command", []))}


def test_image_has_the_versions_that_are_tested():
    tested, image = locked("requirements.lock"), locked("infra/deploy/image/requirements.lock")
    assert {name for name in tested.keys() & image.keys() if tested[name] != image[name]} == set()
    assert "nvidia-pytriton" not in image, "the embedded parts stay out"
    assert {"prefect", "prefect-redis", "prefect-kubernetes"} <= image.keys()


def test_lock_of_the_image_covers_what_the_project_requires():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["containers"]]
    names = {re.split(r"[\[<>=; ]", requirement)[0].replace(".", "-") for requirement in wanted}
    assert names <= locked("infra/deploy/image/requirements.lock").keys()


def test_image_installs_only_by_hash_and_runs_without_root():
    assert "--require-hashes" in DOCKERFILE
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    for stage in stages[1:]:
        users = re.findall(r"^USER (\S+)", stage, re.MULTILINE)
        assert users == ["10001:10001"]
        assert "HEALTHCHECK" in stage


def test_every_path_that_the_image_copies_is_there_and_let_through():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    sources = [word for line in copied for word in line.split()[:-1] if not word.startswith("--")]
    assert len(sources) > 5
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source.split('/')[0]}" in ignored


def test_images_are_pinned():
    images = [s["image"] for s in COMPOSE["services"].values()]
    images += re.findall(r"^ARG \w+_IMAGE=(\S+)", DOCKERFILE, re.MULTILINE)
    images.append(TEMPLATES["kubernetes"]["variables"]["properties"]["image"]["default"])
    for image in images:
        assert re.search(r":v?\d+\.\d+", image), image


def test_one_version_of_the_product_everywhere():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    chart = YAML(typ="safe").load((CHART / "Chart.yaml").read_text())
    named = {
        tag for text in TEXTS.values() for tag in re.findall(r"countersign(?:-triton)?:(\d[\w.]*)", text)
    }
    assert {chart["version"], chart["appVersion"], *named} == {version}


def test_every_variable_is_a_setting_that_somebody_reads():
    pattern = re.compile(
        r"\b(?:PREFECT_(?!_)|COUNTERSIGN_)[A-Z0-9_]+\b|\bDATABASE_URL\b|\bTRITON_URL\b|\bS3_[A-Z_]+\b|\bAWS_[A-Z_]+\b"
    )
    made_up = {"PREFECT_DB_PASSWORD", "PREFECT_AUTH_STRING"}
    for path, text in TEXTS.items():
        assert set(pattern.findall(text)) - made_up <= known_settings(), path


def test_no_file_holds_a_secret():
    for service in COMPOSE["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET_KEY|ACCESS_KEY|AUTH_STRING", name):
                assert re.fullmatch(r"\$\{\w+:\?[^}]*\}", value), name
    everything = "\n".join(TEXTS.values())
    assert "kind: Secret\n" not in everything
    in_urls = re.findall(r"\w://[^\s/@:]*:([^\s/@]+(?: example\.env\})?)@", everything)
    assert in_urls and all(value.startswith("${") for value in in_urls), (
        "a password comes from the environment"
    )


def test_compose_names_every_variable_that_it_asks_for_in_the_example():
    example = (ROOT / "infra" / "deploy" / "compose" / "example.env").read_text()
    asked = set(
        re.findall(r"(?<!\$)\$\{(\w+):\?", TEXTS[ROOT / "infra" / "deploy" / "compose" / "compose.yaml"])
    )
    assert asked == set(re.findall(r"^(\w+)=$", example, re.MULTILINE))


def test_compose_gives_prefect_a_database_of_its_own():
    urls = {
        s["environment"].get("PREFECT_API_DATABASE_CONNECTION_URL")
        for s in services("prefect server").values()
    }
    assert len(urls) == 1
    assert "@prefect-postgres:" in urls.pop()
    assert "@postgres:" in COMPOSE["services"]["worker"]["environment"]["DATABASE_URL"]


def test_compose_opens_ports_on_this_host_only():
    ports = [port for s in COMPOSE["services"].values() for port in s.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_boards_which_have_no_sign_in_are_reached_from_this_host_or_by_a_forwarded_port_only():
    assert COMPOSE["services"]["web"]["ports"] == ["127.0.0.1:8710:8710"]
    chart = (CHART / "templates" / "web.yaml").read_text()
    assert "--host=127.0.0.1" in chart
    assert "--anyone-may-read" not in chart
    assert "kind: Service\n" not in chart


def test_worker_of_compose_waits_for_tables_and_deployments():
    waits = COMPOSE["services"]["worker"]["depends_on"]
    assert {
        name for name, wait in waits.items() if wait["condition"] == "service_completed_successfully"
    } == {"migrate", "register"}


@pytest.mark.parametrize("pool_type", sorted(TEMPLATES))
def test_every_placeholder_of_a_template_is_a_variable_and_every_variable_is_used(pool_type: str):
    template = TEMPLATES[pool_type]
    used = {placeholder.name for placeholder in find_placeholders(template["job_configuration"])}
    assert used == set(template["variables"]["properties"])
    assert set(template["variables"].get("required", ())) <= used


@pytest.mark.parametrize("pool_type", ["kubernetes", "ecs"])
def test_templates_take_secrets_by_reference(pool_type: str):
    configuration = json.dumps(TEMPLATES[pool_type]["job_configuration"])
    assert "secretRef" in configuration or "valueFrom" in configuration
    assert not re.search(r'"name": "DATABASE_URL", "value":', configuration)


def test_process_template_is_what_prefects_worker_takes():
    template = TEMPLATES["process"]
    defaults = {
        name: p["default"] for name, p in template["variables"]["properties"].items() if "default" in p
    }
    values = defaults | {"env": {"COUNTERSIGN_MAX_BATCH_S": "60"}}
    configuration = ProcessJobConfiguration(
        **apply_values(template["job_configuration"], values, remove_notset=True)
    )
    assert configuration.env == {"COUNTERSIGN_MAX_BATCH_S": "60"}
    assert configuration.stream_output
    assert configuration.working_dir is None


def test_filled_template_has_the_given_defaults_and_asks_for_the_rest():
    template = filled(TEMPLATES["ecs"], {"image": "registry.example/countersign:0.1.0", "cpu": "2048"})
    properties = template["variables"]["properties"]
    assert properties["image"]["default"] == "registry.example/countersign:0.1.0"
    assert properties["cpu"]["default"] == 2048
    assert "image" not in template["variables"]["required"]
    assert "cluster" in template["variables"]["required"]
    assert "default" not in TEMPLATES["ecs"]["variables"]["properties"]["image"], (
        "the template itself stays as it is"
    )


@pytest.mark.parametrize(("name", "value"), [("imag", "x"), ("cpu", "many"), ("cpu", "true"), ("cpu", "[1]")])
def test_unknown_variable_or_value_of_another_type_is_refused(name: str, value: str):
    with pytest.raises(ValueError, match=r"no variable|Expecting value|is integer"):
        filled(TEMPLATES["ecs"], {name: value})


def test_template_that_is_not_named_is_asked_for(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 2
    assert "kubernetes" in capsys.readouterr().err


def test_unknown_pool_type_fails_with_a_message(capsys: pytest.CaptureFixture[str]):
    assert main(["lambda"]) == 1
    assert "lambda" in capsys.readouterr().err


def test_chart_gives_the_job_template_only_variables_that_it_has():
    jobs = (CHART / "templates" / "jobs.yaml").read_text()
    given = re.search(r"\$given := dict (.*?)\}\}", jobs, re.DOTALL)
    assert given
    names = set(re.findall(r'"(\w+)" (?=[.(])', given[1])) | VALUES["worker"]["job"].keys()
    assert len(names) > 6
    assert names <= set(TEMPLATES["kubernetes"]["variables"]["properties"])


def test_every_value_of_the_chart_is_used_and_every_used_value_is_there():
    schema = json.loads((CHART / "values.schema.json").read_text())
    used = set(
        re.findall(r"\.Values\.(\w+)", "\n".join(p.read_text() for p in (CHART / "templates").iterdir()))
    )
    assert used == set(VALUES)
    assert set(VALUES) | {"global"} == set(schema["properties"])


@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("sql.migrate", sql.migrate.main),
        ("infra.deploy.grafana", grafana.main),
        ("infra.deploy.triton.tensorrt_llm.fill", infra.deploy.triton.tensorrt_llm.fill.main),
        ("infra.demo", infra.demo.main),
    ],
)
def test_a_module_that_is_run_says_how_and_does_nothing(
    name: str,
    run: Callable[[], object],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def done(*_: object) -> None:
        raise AssertionError("it was run")

    monkeypatch.setattr(sql.migrate, "upgrade", done)
    monkeypatch.setattr(grafana, "write", done)
    monkeypatch.setattr("sys.argv", ["x.py", "--help"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m {name}")
    monkeypatch.setattr("sys.argv", ["x.py", "--wrong"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2


def test_help_of_a_job_template_is_no_template(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: python -m infra.deploy.work_pools.fill")
