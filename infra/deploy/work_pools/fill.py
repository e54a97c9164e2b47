"""Print a job template with your own defaults, on the standard library alone:

    python -m infra.deploy.work_pools.fill kubernetes image=registry.example/countersign:0.1.0 > pool.json

Prefect's page shows the given values as defaults; `job_variables` of a deployment override them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parent
KINDS = {"integer": int, "boolean": bool, "object": dict}
"""The types of JSON Schema that are not text."""


def filled(template: Mapping[str, Any], defaults: Mapping[str, str]) -> dict[str, Any]:
    """The template with these defaults; a variable with a default is no longer required.

    Raises:
        ValueError: the template has no such variable, or the value is not of its type.
    """
    variables = template["variables"]
    properties = dict(variables["properties"])
    for name, text in defaults.items():
        if name not in properties:
            raise ValueError(f"no variable {name}; there are {', '.join(sorted(properties))}")
        properties[name] = {**properties[name], "default": _value(name, text, properties[name]["type"])}
    required = [name for name in variables.get("required", ()) if name not in defaults]
    return {**template, "variables": {**variables, "required": required, "properties": properties}}


def _value(name: str, text: str, types: str | list[str]) -> Any:
    allowed = [types] if isinstance(types, str) else types
    if "string" in allowed:
        return text
    value = json.loads(text)
    # The exact type: in Python a boolean is an integer, too.
    if type(value) not in [KINDS.get(kind) for kind in allowed]:
        raise ValueError(f"{name} is {' or '.join(allowed)}, not {text}")
    return value


USAGE = "usage: python -m infra.deploy.work_pools.fill process|kubernetes|ecs [VARIABLE=DEFAULT ...]"


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    pool_type, *given = arguments
    try:
        template = json.loads((TEMPLATES / f"{pool_type}.json").read_text(encoding="utf-8"))
        defaults = dict(word.split("=", 1) for word in given)
        print(json.dumps(filled(template, defaults), indent=2, ensure_ascii=False))
    except (OSError, ValueError) as error:
        print(f"the template {pool_type} cannot be filled: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
