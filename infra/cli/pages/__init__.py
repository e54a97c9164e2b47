"""HTML pages and SVG charts: Jinja2 templates, and beside them the code that prepares their data.

A page stands alone: it loads no other file and nothing from the network. Templates escape every value,
because names and texts come from contracts, schemas and models.
"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(template: str, **values: object) -> str:
    """The template of this folder, filled with the values. Another template places it with `|safe`.

    Raises:
        UndefinedError: the template uses a value that was not given.
    """
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(__name__, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
