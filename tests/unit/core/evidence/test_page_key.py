"""A page has a key of its own, and no document is taken for one."""

from __future__ import annotations

import pytest

from tasks.core.evidence.page_key import is_page_key, page_key
from tasks.core.records import RunId

RUN = RunId("11111111-2222-3333-4444-555555555555")


@pytest.mark.parametrize("key", ["deals/a.pdf", "in/offer.eml!/vertrag.pdf", "合同.pdf", "x" * 1100])
@pytest.mark.parametrize("prefix", ["", "evidence/"])
def test_key_of_a_page_names_document_and_run_and_is_known_again(key: str, prefix: str) -> None:
    own = page_key(prefix, key, RUN)
    assert own.startswith(prefix) and own.endswith(f"{RUN}.html") and len(own.encode()) <= 1024
    assert (key in own) == (len(key) < 1000)
    assert is_page_key(own, prefix)


@pytest.mark.parametrize(
    "key", ["evidence/a.pdf", "evidence/a.html", f"other/a.pdf.{RUN}.html", f"evidence/a.{RUN}"]
)
def test_other_objects_are_no_pages(key: str) -> None:
    assert not is_page_key(key, "evidence/")
