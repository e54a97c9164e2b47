"""What the Prefect server watches by itself: `set.yaml`, and the functions that bring it to a server.

    deploy(client, notify)   makes the server's set equal to the file; twice is the same set
    remove(client)           takes the set away
    deployed(client)         what the server has of it

An automation is ours by its name. Whether it is switched on is the operator's: one that was paused stays so.

Requires:
    A Prefect server (`PREFECT_API_URL`), for notifications a notification block there. Imports Prefect: call `infra.stack.export` before.
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
"""Jinja, filled in by the server. A state's message and `told` hold keys and counts, never contract text."""


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
    """The set of the file; with the id of a notification block each sends a notification as well."""
    told: list[Any] = (
        [SendNotification(block_document_id=notify, subject=SUBJECT, body=BODY)] if notify else []
    )
    rows = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))["automations"]
    found = [AutomationCore.model_validate(row) for row in rows]
    return [one.model_copy(update={"actions": [*one.actions, *told]}) for one in found]


def deploy(client: SyncPrefectClient, notify: str | None = None) -> list[AutomationChange]:
    """Make the server's set equal to the file.

    Args:
        notify: A notification block as `TYPE/NAME`. None: notifications that an earlier call asked for are taken out.

    Raises:
        ConfigurationError: there is no such block, or it cannot notify.
    """
    wanted = automations(_block_id(client, notify) if notify else None)
    there = {one.name: one for one in reversed(deployed(client))}
    return [AutomationChange(one.name, _bring(client, one, there.get(one.name))) for one in wanted]


def remove(client: SyncPrefectClient) -> list[AutomationChange]:
    """Take every automation away that bears a name of the set."""
    found = deployed(client)
    for one in found:
        client.delete_automation(one.id)
    return [AutomationChange(one.name, Done.REMOVED) for one in found]


def deployed(client: SyncPrefectClient) -> list[Automation]:
    """Those of the server that bear a name of the set, in its order."""
    return [one for ours in automations() for one in client.read_automations_by_name(ours.name)]


def _bring(client: SyncPrefectClient, wanted: AutomationCore, there: Automation | None) -> Done:
    if there is None:
        client.create_automation(wanted)
        return Done.CREATED
    if _said(wanted) == _said(there):
        return Done.UNCHANGED  # an update would forget what its trigger has counted so far
    client.update_automation(there.id, wanted.model_copy(update={"enabled": there.enabled}))
    return Done.UPDATED


def _said(automation: AutomationCore) -> dict[str, Any]:
    """Without what the server adds, and whether it is switched on."""
    return automation.model_dump(
        mode="python", include={"name", "description", "trigger", "actions"}, exclude={"trigger": {"id"}}
    )


def _block_id(client: SyncPrefectClient, notify: str) -> UUID:
    type_slug, _, name = notify.partition("/")
    try:
        block = client.read_block_document_by_name(name, type_slug, include_secrets=False)
    except (ObjectNotFound, PrefectHTTPStatusError) as error:
        raise ConfigurationError(
            f"the Prefect server has no block {notify!r}. It is named TYPE/NAME, e.g. slack-webhook/ops: "
            "make one on Prefect's page under Blocks, then call this again."
        ) from error
    if block.block_schema is None or "notify" not in block.block_schema.capabilities:
        raise ConfigurationError(
            f"the block {notify} cannot notify. Name one of a type such as slack-webhook, email or custom-webhook."
        )
    return block.id
