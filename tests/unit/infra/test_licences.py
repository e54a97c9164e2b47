"""Licences of what is installed: each is known, none binds whoever only serves the software, and the page says the same."""

from __future__ import annotations

from infra.deploy import licences


def test_page_says_every_licence_and_none_is_refused() -> None:
    written = (licences.ROOT / "docs" / "licences.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in licences.page().splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert not [row for row in rows if row not in written], (
        "run `python -m infra.deploy.licences > docs/licences.md`"
    )
    assert not [row for row in rows if licences.REFUSED.search(row)]
    assert not [row for row in rows if row.endswith("|  |")]
    assert licences.REFUSED.search("GNU Affero General Public License v3") and not licences.REFUSED.search(
        "LGPL-3.0-only"
    )
