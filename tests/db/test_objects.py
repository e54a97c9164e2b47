"""What a key holds now, by the newest observation, however late an older one is stored; attachments follow their mail."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sql.migrate import MIGRATIONS_DIR
from tasks.core.reading.mail.part_keys import root_key
from tasks.postgres.objects import ListedStretch, VersionState, WithheldReason
from tasks.postgres.store import Store
from tests.db import samples

CURRENT, DELETED, REPLACED = VersionState.CURRENT, VersionState.DELETED, VersionState.REPLACED
KEY, MAIL = "deals/a.pdf", "deals/m.eml"
DEED = f"{MAIL}!/deed.pdf"
_keys = itertools.count()


def put(store: Store, content: str, key: str = KEY, version: str | None = None, age_s: float = 0.0) -> None:
    """A fetch that saw this content."""
    source = ("b", key, version, f"etag-{content}", 1, samples.document_id(content))
    store.sources.record(*source, age_s=age_s)


def listed(
    store: Store,
    *shown: tuple[str, str],
    prefix: str = "",
    after: str = "",
    up_to: str | None = None,
    archived: tuple[str, ...] = (),
    age_s: float = 0.0,
) -> None:
    """A stretch of a listing that showed these keys with these contents."""
    keys, etags = [key for key, _ in shown], [f"etag-{content}" for _, content in shown]
    store.objects.passed(ListedStretch("b", prefix, after, up_to, keys, etags, archived), age_s)


def states(store: Store, key: str = KEY) -> dict[str, VersionState]:
    """What became of each content of a key."""
    names = {samples.document_id(content): content for content in "abcdex"}
    return {names[held.document_id]: held.state for held in store.objects.versions("b", key)}


def since(store: Store, content: str, key: str = KEY) -> datetime:
    return next(
        h.since for h in store.objects.versions("b", key) if h.document_id == samples.document_id(content)
    )


@pytest.mark.parametrize("is_versioned", [False, True])
def test_replaced_key_has_one_current_content_and_the_first_again_when_it_is_put_back(
    store: Store, is_versioned: bool
) -> None:
    versions = iter(f"v{n}" for n in itertools.count()) if is_versioned else itertools.repeat(None)
    put(store, "a", version=next(versions))
    put(store, "b", version=next(versions))
    assert states(store) == {"b": CURRENT, "a": REPLACED}
    replaced_at = since(store, "a")
    listed(store, (KEY, "b"))
    assert (states(store), since(store, "a")) == ({"b": CURRENT, "a": REPLACED}, replaced_at)
    listed(store, (KEY, "a"))
    assert states(store) == {"a": CURRENT, "b": REPLACED}, "by the listing alone"
    put(store, "c", version=next(versions))
    assert states(store) == {"c": CURRENT, "b": REPLACED, "a": REPLACED}
    assert since(store, "b") < since(store, "a"), "each since it was replaced last"
    put(store, "a", version=next(versions))
    assert states(store) == {"a": CURRENT, "c": REPLACED, "b": REPLACED}, "by a fetch"


def test_unknown_content_leaves_nothing_current_until_it_is_fetched(store: Store) -> None:
    put(store, "a")
    listed(store, (KEY, "b"))
    assert states(store) == {"a": REPLACED}
    put(store, "b")
    assert states(store) == {"b": CURRENT, "a": REPLACED}


def test_deleted_key_says_since_when_keeps_its_history_and_comes_back(store: Store) -> None:
    put(store, "a")
    put(store, "b")
    put(store, "x", "other/a.pdf")
    listed(store, prefix="deals/")
    assert states(store) == {"b": DELETED, "a": REPLACED}
    gone_since = since(store, "b")
    listed(store, prefix="deals/")
    assert since(store, "b") == gone_since, "since the first time that it was not there"
    assert states(store, "other/a.pdf") == {"x": CURRENT}
    listed(store, (KEY, "b"), prefix="deals/")
    assert states(store) == {"b": CURRENT, "a": REPLACED}
    store.objects.missing("b", KEY)
    assert states(store)["b"] is DELETED
    put(store, "a")
    assert states(store) == {"a": CURRENT, "b": REPLACED}


def test_older_observation_that_is_stored_later_changes_nothing(store: Store) -> None:
    put(store, "a")
    put(store, "b", age_s=60)
    assert states(store) == {"a": CURRENT, "b": REPLACED}
    listed(store, age_s=60)
    listed(store, (KEY, "b"), age_s=60)
    store.objects.missing("b", KEY, 60)
    store.objects.withheld("b", KEY, "etag-b", WithheldReason.ARCHIVED, 60)
    assert states(store) == {"a": CURRENT, "b": REPLACED}
    assert store.objects.withheld_of("b", [KEY]) == {}
    store.objects.missing("b", KEY)
    put(store, "a", age_s=60)
    assert states(store)["a"] is DELETED


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.permutations(range(1, 6)), st.lists(st.sampled_from("abc-!"), min_size=5, max_size=5))
def test_newest_observation_counts_in_whatever_order_they_are_stored(
    store: Store, order: list[int], seen: list[str]
) -> None:
    """-: the key was not there; !: it was there with the content a, and withheld."""
    key = f"{KEY}/{next(_keys)}"
    began_s = time.monotonic() - 100
    put(store, "d", key, age_s=100)
    for moment in order:
        content, age_s = seen[moment - 1], time.monotonic() - began_s - 10 * moment
        if content == "-":
            store.objects.missing("b", key, age_s)
        elif content == "!":
            store.objects.withheld("b", key, "etag-a", WithheldReason.KEY_DENIED, age_s)
        else:
            put(store, content, key, age_s=age_s)
    last, there = seen[-1], [one.replace("!", "a") for one in seen if one != "-"]
    found = {content for content, state in states(store, key).items() if state is CURRENT}
    assert found == ({last.replace("!", "a")} & set(states(store, key)) if last != "-" else set())
    assert bool(store.objects.withheld_of("b", [key])) == (last == "!")
    assert set(states(store, key)) <= {"d", *there}


@pytest.mark.parametrize("n_workers", [6])
def test_fetches_and_listings_at_once_never_wait_for_each_other_in_a_circle(
    store: Store, n_workers: int
) -> None:
    keys = [f"deals/{n}.eml" for n in range(4)]

    def work(number: int) -> None:
        for turn in range(15):
            content = "abc"[(number + turn) % 3]
            if number % 3 == 0:
                listed(store, *((key, content) for key in keys), prefix="deals/")
            else:
                for key in keys[:: 1 if number % 2 else -1]:
                    store.sources.record(
                        "b", f"{key}!/x.pdf", None, f"etag-{content}", 1, samples.document_id("x")
                    )
                    put(store, content, key)

    with ThreadPoolExecutor(n_workers) as pool:
        for done in [pool.submit(work, number) for number in range(n_workers)]:
            done.result()
    listed(store, *((key, "a") for key in keys), prefix="deals/")
    assert [states(store, key)["a"] for key in keys] == [CURRENT] * 4
    assert [states(store, f"{key}!/x.pdf") for key in keys] == [{"x": CURRENT}] * 4


def test_listing_marks_only_what_it_has_passed(store: Store) -> None:
    keys = [f"deals/{name}.pdf" for name in "abcde"]
    for name, key in zip("abcde", keys, strict=True):
        put(store, name, key)
    put(store, "x", "deals-old/x.pdf")
    listed(store, (keys[1], "b"), (keys[2], "c"), up_to=keys[2], prefix="deals/")
    gone = [states(store, key) == {name: DELETED} for name, key in zip("abcde", keys, strict=True)]
    assert gone == [True, False, False, False, False]
    listed(store, (keys[4], "e"), after=keys[2], prefix="deals/")
    gone = [states(store, key) == {name: DELETED} for name, key in zip("abcde", keys, strict=True)]
    assert gone == [True, False, False, True, False]
    assert states(store, "deals-old/x.pdf") == {"x": CURRENT}


def test_attachments_are_current_as_long_as_their_mail_is(store: Store) -> None:
    def fetched(mail: str, parts: dict[str, str]) -> None:
        put(store, mail, MAIL)
        for name, content in parts.items():
            etag = f"etag-{mail}"
            store.sources.record("b", f"{MAIL}!/{name}", None, etag, 1, samples.document_id(content))

    note = f"{MAIL}!/note.txt"
    fetched("a", {"deed.pdf": "d", "note.txt": "e"})
    assert (states(store, DEED), states(store, note)) == ({"d": CURRENT}, {"e": CURRENT})
    fetched("b", {"deed.pdf": "c"})
    assert (states(store, DEED), states(store, note)) == ({"c": CURRENT, "d": REPLACED}, {"e": REPLACED})
    assert since(store, "d", DEED) == since(store, "a", MAIL)
    listed(store, (MAIL, "a"))
    assert (states(store, DEED), states(store, note)) == ({"d": CURRENT, "c": REPLACED}, {"e": CURRENT})
    listed(store)
    assert (states(store, DEED), states(store, note)) == ({"d": DELETED, "c": REPLACED}, {"e": DELETED})


def test_object_that_the_store_withholds_keeps_its_content_and_is_named_until_it_can_be_read(
    store: Store,
) -> None:
    put(store, "a")
    listed(
        store, (KEY, "a"), ("deals/new.pdf", "x"), ("deals/plain.pdf", "x"), archived=(KEY, "deals/new.pdf")
    )
    keys = [KEY, "deals/new.pdf", "deals/plain.pdf"]
    archived = WithheldReason.ARCHIVED
    assert store.objects.withheld_of("b", keys) == {KEY: archived, "deals/new.pdf": archived}
    assert states(store) == {"a": CURRENT}
    listed(store, (KEY, "a"), ("deals/new.pdf", "x"), ("deals/plain.pdf", "x"))
    assert store.objects.withheld_of("b", keys) == {}
    store.objects.withheld("b", DEED, "etag-m", WithheldReason.KEY_DENIED)
    listed(store, (MAIL, "m"), prefix=MAIL)
    assert store.objects.withheld_of("b", [MAIL, DEED]) == dict.fromkeys(
        [MAIL, DEED], WithheldReason.KEY_DENIED
    )
    put(store, "m", MAIL)
    assert store.objects.withheld_of("b", [MAIL]) == {}


KEYS = [
    "a.eml!/b.pdf", "A.EML!/b.pdf", "in/a.msg!/f.eml!/n.txt", "x.eml!/y/z.pdf", "x.eml!/y/z.eml!/d.pdf", "x.eml!/", "x.eml!/!/b", ".eml!/b",
    "a.eml!/b!/c", "a.eml!/b!!/c", "a.eml!/!b", "a.emlx!/b", "a.eml/b", "a!/b.pdf", "a.eml!/b.eml!/", "in\n/a.eml!/b\n.pdf", "合同.eml!/附件.pdf", "a",
]  # fmt: skip


def test_database_finds_the_mail_of_an_attachment_as_the_program_does(connection: psycopg.Connection) -> None:
    found = connection.execute("SELECT key, object_key(key) FROM unnest(%s::text[]) key", (KEYS,)).fetchall()
    assert dict(found) == {key: root_key(key) for key in KEYS}


def test_current_runs_are_those_of_the_keys_that_are_there_page_by_page(store: Store) -> None:
    for key, content in (
        ("k/1.pdf", "a"),
        ("k/2.pdf", "a"),
        ("k/3.pdf", "b"),
        ("k/4.pdf", "c"),
        ("j/5.pdf", "a"),
    ):
        samples.put_document(store, content, key)
    runs = {content: samples.do_run(store, content) for content in "ab"}
    store.sources.record("contracts", "k/3.pdf", None, "etag-new", 1)
    newer = samples.do_run(store, "a", "2")
    for page_rows in (1, 2, 50):
        found = list(store.objects.current_runs("contracts", "k/", page_rows=page_rows))
        assert [(run.key, run.run_id, run.schema_name) for run in found] == [
            ("k/1.pdf", newer, "small"),
            ("k/2.pdf", newer, "small"),
        ]
    assert list(store.objects.current_runs("contracts", "k/", "cuad")) == []
    holders = store.objects.holders(samples.document_id("b"))
    assert [(held.key, held.state) for held in holders] == [("k/3.pdf", REPLACED)]
    assert runs["a"] != newer


def test_migration_takes_the_newest_version_of_each_key_to_be_there(connection: psycopg.Connection) -> None:
    """The rows of before, and the statements that fill `object` from them."""
    text = (MIGRATIONS_DIR / "versions" / "0019_objects.sql").read_text()
    fill = text[text.index("INSERT INTO object") : text.index("CREATE VIEW source_state")]
    rows = [(KEY, "a"), (KEY, "b"), (MAIL, "m"), (DEED, "m"), (KEY, "c"), (MAIL, "n"), (KEY, "b"), ("z", "a")]
    for hour, (key, etag) in enumerate(rows):
        values = {"key": key, "etag": etag, "version": f"v{hour}", "hour": hour}
        connection.execute(
            "INSERT INTO source (bucket, key, object_version, etag, created_at) "
            "VALUES ('b', %(key)s, %(version)s, %(etag)s, '2026-01-01Z'::timestamptz + %(hour)s * interval '1 hour')",
            values,
        )
    connection.execute(fill)
    found = connection.execute(
        "SELECT key, object_version, state::text, extract(hour FROM since AT TIME ZONE 'UTC')::integer FROM source_state ORDER BY source_id"
    ).fetchall()
    assert found == [
        (KEY, "v0", "replaced", 1),
        (KEY, "v1", "current", 6),
        (MAIL, "v2", "replaced", 5),
        (DEED, "v3", "replaced", 5),
        (KEY, "v4", "replaced", 6),
        (MAIL, "v5", "current", 5),
        (KEY, "v6", "current", 6),
        ("z", "v7", "current", 7),
    ]
    seen = connection.execute("SELECT seen_at - since FROM object").fetchall()
    assert set(seen) == {(timedelta(0),)}
