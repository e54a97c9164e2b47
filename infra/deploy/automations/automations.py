"""The Prefect automations of `set.yaml`: deploy, list and remove them.

An automation of the server is ours if its name is in that file. A paused one stays paused.

Requires:
    A Prefect server (`PREFECT_API_URL`), and for notifications a notification block there. Imports
    Prefect, so call `infra.stack.export` before.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.actions import SendNotification
from prefect.events.schemas.automations import Automation, AutomationCore
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from ruamel.yaml import YAML

from tasks.core.errors import ConfigurationError

FILE = Path(__file__).with_name("set.yaml")
SUBJECT = "{{ automation.name }}"
BODY = """\
{{ automation.description }}
{% if flow_run %}{{ flow_run.name }} ({{ flow_run | ui_url or flow_run.id }}): {{ flow_run.state.name }}. {{ flow_run.state.message or '' }}{% endif %}
{% if event and event.payload.told %}{{ event.payload.told }}{% endif %}"""
"""Jinja, rendered by the server. Messages and `told` hold keys and counts, never contract text."""


class Done(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class AutomationChange:
    name: str
    done: Done


def automations(notify: UUID | None = None) -> list[AutomationCore]:
    """The automations of the file; with the id of a notification block, each notifies as well."""
    actions: list[Any] = (
        [SendNotification(block_document_id=notify, subject=SUBJECT, body=BODY)] if notify else []
    )
    rows = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))["automations"]
    parsed = [AutomationCore.model_validate(row) for row in rows]
    return [a.model_copy(update={"actions": [*a.actions, *actions]}) for a in parsed]


def deploy(client: SyncPrefectClient, notify: str | None = None) -> list[AutomationChange]:
    """Make the server's automations equal to the file.

    Args:
        notify: A notification block as `TYPE/NAME`; None removes the notifications of an earlier call.

    Raises:
        ConfigurationError: there is no such block, or it cannot notify.
    """
    ours = automations(_block_id(client, notify) if notify else None)
    existing = {a.name: a for a in reversed(deployed(client))}
    return [AutomationChange(a.name, _deploy_one(client, a, existing.get(a.name))) for a in ours]


def remove(client: SyncPrefectClient) -> list[AutomationChange]:
    """Remove every automation with a name of the file."""
    existing = deployed(client)
    for automation in existing:
        client.delete_automation(automation.id)
    return [AutomationChange(a.name, Done.REMOVED) for a in existing]


def deployed(client: SyncPrefectClient) -> list[Automation]:
    """The server's automations with a name of the file, in its order."""
    return [a for ours in automations() for a in client.read_automations_by_name(ours.name)]


def _deploy_one(client: SyncPrefectClient, ours: AutomationCore, existing: Automation | None) -> Done:
    if existing is None:
        client.create_automation(ours)
        return Done.CREATED
    if _content(ours) == _content(existing):
        return Done.UNCHANGED  # an update would reset what its trigger has counted
    client.update_automation(existing.id, ours.model_copy(update={"enabled": existing.enabled}))
    return Done.UPDATED


def _content(automation: AutomationCore) -> dict[str, Any]:
    """The fields of the file, without what the server adds and whether it is enabled."""
    return automation.model_dump(
        mode="python", include={"name", "description", "trigger", "actions"}, exclude={"trigger": {"id"}}
    )


def _block_id(client: SyncPrefectClient, notify: str) -> UUID:
    type_slug, _, name = notify.partition("/")
    try:
        block = client.read_block_document_by_name(name, type_slug, include_secrets=False)
    except (ObjectNotFound, PrefectHTTPStatusError) as error:
        raise ConfigurationError(
            f"the Prefect server has no block {notify!r}. Blocks are named TYPE/NAME, e.g. slack-webhook/ops. "
            "Create one on Prefect's page under Blocks, then try again."
        ) from error
    if block.block_schema is None or "notify" not in block.block_schema.capabilities:
        raise ConfigurationError(
            f"the block {notify} cannot notify. Name one of a type such as slack-webhook, email or custom-webhook."
        )
    return block.id
