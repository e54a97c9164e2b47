"""Which documents `countersign extract` takes, and what it calls them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.cli import EXIT_REFUSED
from infra.cli.batches import names_of, requests_for
from infra.cli.console import require_folder
from infra.cli.extract import _exit_code, flag_lines, left_out_lines, local_files, refusal_lines
from tasks.core.errors import ConfigurationError, SourceMissing
from tasks.core.left_out import LeftOut
from tasks.documents import Outcome, OutcomeStatus
from tasks.s3 import SourceObject


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of one name, a third, and one that is no document."""
    for name, text in (
        ("a/deal.txt", "one"),
        ("b/deal.txt", "two"),
        ("b/cv.TXT", "three"),
        ("b/x.docx.tmp", "x"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What lies in the bucket `b`, by key."""
    objects: dict[str, bytes] = {}

    def put(bucket: str, key: str, path: Path) -> SourceObject:
        objects[key] = path.read_bytes()
        return SourceObject(bucket, key, "e", 1)

    def listed(bucket: str, prefix: str) -> Iterator[SourceObject]:
        return (SourceObject(bucket, key, "e", 1) for key in sorted(objects) if key.startswith(prefix))

    monkeypatch.setattr("infra.cli.batches.put_file", put)
    monkeypatch.setattr("infra.cli.batches.list_objects", listed)
    monkeypatch.setattr("infra.cli.batches.can_read_scans", lambda: False)
    monkeypatch.setattr("infra.cli.batches.settings", lambda: SimpleNamespace(bucket="b"))
    return objects


def test_files_and_folders_are_taken_in_order_and_each_file_once(folder: Path) -> None:
    deal = folder / "b" / "deal.txt"
    files = local_files([deal, folder / "a", folder, folder / "a" / ".." / "b" / "deal.txt"])
    assert files == [deal, folder / "a" / "deal.txt", folder / "b" / "cv.TXT"]


def test_file_of_any_name_is_taken_where_it_is_named(folder: Path) -> None:
    assert local_files([folder / "b" / "x.docx.tmp"]) == [folder / "b" / "x.docx.tmp"]


def test_every_path_that_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(SourceMissing, match=r"no such file or folder: .*no\.pdf, .*none\. Nothing was"):
        local_files([folder / "no.pdf", folder / "a", folder / "none"])


def test_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="no PDF, Word, mail or text files"):
        local_files([tmp_path])


def test_files_of_one_name_are_two_objects_and_a_copy_is_none(folder: Path, bucket: dict[str, bytes]) -> None:
    (folder / "c").mkdir()
    copy = folder / "c" / "deal.txt"
    copy.write_text("one")
    paths = [folder / "a" / "deal.txt", folder / "b" / "deal.txt", copy]
    requests = requests_for([], paths, "cv")
    assert sorted(bucket.values()) == [b"one", b"two"]
    assert list(names_of(requests).values()) == [str(path) for path in paths[:2]]


def test_objects_under_several_urls_are_taken_once(folder: Path, bucket: dict[str, bytes]) -> None:
    bucket |= {"in/a.pdf": b"", "in/b.pdf": b""}
    requests = requests_for(["s3://b/in/", "s3://b/in/b.pdf"], [folder / "b" / "cv.TXT"], "cv")
    assert [(r.bucket, r.name) for r in requests] == [("b", "a.pdf"), ("b", "b.pdf"), (None, "cv.TXT")]
    assert list(names_of(requests).values()) == ["a.pdf", "b.pdf", "cv.TXT"]


def test_url_without_objects_is_refused_before_a_file_is_put_into_the_bucket(
    folder: Path, bucket: dict[str, bytes]
) -> None:
    with pytest.raises(SourceMissing, match="no documents under s3://b/none/"):
        requests_for(["s3://b/none/"], [folder / "b" / "cv.TXT"], "cv")
    assert not bucket


def test_same_key_in_two_buckets_is_called_by_its_key(bucket: dict[str, bytes]) -> None:
    bucket["in/a.pdf"] = b""
    assert names_of(requests_for(["s3://b/in/", "s3://c/in/"], [], "cv")) == {"in/a.pdf": "in/a.pdf"}


@pytest.mark.parametrize("url", ["s3://", "s3:///prefix/"])
def test_url_without_a_bucket_is_refused(bucket: dict[str, bytes], url: str) -> None:
    with pytest.raises(SourceMissing, match=r"names no bucket\. Write s3://BUCKET/PREFIX"):
        requests_for([url], [], "cv")


def test_withheld_objects_are_no_failure_and_are_named_with_what_to_do() -> None:
    """R22."""
    outcomes = [
        Outcome(key=f"in/{name}.pdf", schema_name="cv", status=OutcomeStatus.WITHHELD, reason=reason)
        for name, reason in (("a", "archived"), ("b", "key_denied"), ("c", "archived"))
    ]
    names = {o.key: o.key for o in outcomes}
    archived, denied = refusal_lines(outcomes, names)
    assert archived == (
        "archived: the object store has archived it. Restore it there, then run this command again. (in/a.pdf, in/c.pdf)"
    )
    assert denied.startswith("key_denied: it is encrypted by a key")
    assert _exit_code(outcomes) == EXIT_REFUSED
    done = Outcome(key="d", schema_name="cv", status=OutcomeStatus.DONE)
    assert _exit_code([*outcomes, done]) == 0


def test_output_file_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    require_folder(None, tmp_path / "new.jsonl")
    with pytest.raises(ConfigurationError, match=r"there is no folder .*gone\. Nothing was started"):
        require_folder(None, tmp_path / "gone" / "x.jsonl")
    with pytest.raises(ConfigurationError, match="is a folder"):
        require_folder(tmp_path)


def test_flags_that_a_user_should_know_are_said_once_with_their_documents() -> None:
    flags = {"a": ("encrypted", "redline"), "b": ("redline", "watermark:DRAFT"), "c": ("annotations",)}
    seen = [Outcome(key=k, schema_name="cv", status=OutcomeStatus.DONE, flags=f) for k, f in flags.items()]
    redline, watermark = flag_lines(seen, {key: f"{key}.pdf" for key in flags})
    assert redline.startswith("redline: words are struck out;") and redline.endswith(" (a.pdf, b.pdf)")
    assert watermark.startswith("watermark:DRAFT: ") and watermark.endswith(" (b.pdf)")


def test_flag_of_many_documents_names_a_few() -> None:
    seen = [
        Outcome(key=str(n), schema_name="cv", status=OutcomeStatus.DONE, flags=("redline",)) for n in range(9)
    ]
    (line,) = flag_lines(seen, {str(n): f"{n}.pdf" for n in range(9)})
    assert line.endswith("(0.pdf, 1.pdf, 2.pdf, 3.pdf, 4.pdf and 4 more)")


def test_files_of_a_folder_that_are_not_read_are_named(folder: Path) -> None:
    left_out = LeftOut()
    (folder / "b" / ".DS_Store").write_text("")
    assert len(local_files([folder], left_out)) == 3
    assert left_out.in_words() == "1 file left out: x.docx.tmp; 1 hidden or lock file not looked at"
    mail = Outcome(
        key="k.eml", schema_name="cv", status=OutcomeStatus.DONE, left_out="1 attachment left out: x.zip"
    )
    lines = list(left_out_lines([mail], {"k.eml": "k.eml"}, left_out))
    assert lines == [left_out.in_words(), "k.eml: 1 attachment left out: x.zip"]


def test_folder_in_which_nothing_is_read_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("")
    with pytest.raises(SourceMissing, match=r"text files \(1 file left out: a\.xlsx\)\. Nothing"):
        local_files([tmp_path])


def test_objects_that_are_not_read_are_named_unless_they_are_named_whole(bucket: dict[str, bytes]) -> None:
    bucket |= {"in/a.pdf": b"", "in/b.xlsx": b""}
    left_out = LeftOut()
    assert [r.key for r in requests_for(["s3://b/in/"], [], "cv", left_out)] == ["in/a.pdf"]
    assert left_out.names == ["b.xlsx"]
    assert [r.key for r in requests_for(["s3://b/in/b.xlsx"], [], "cv")] == ["in/b.xlsx"]
    with pytest.raises(SourceMissing, match=r"no documents under s3://b/in/b\.x \(1 file left out"):
        requests_for(["s3://b/in/b.x"], [], "cv")


def test_attachment_is_named_after_its_mail(bucket: dict[str, bytes]) -> None:
    bucket |= {"in/a.eml": b"", "x/a.eml": b""}
    requests = requests_for(["s3://b/in/", "s3://b/x/"], [], "cv")
    keys = ("in/a.eml", "in/a.eml!/deed.pdf", "in/a.eml!/fwd.eml!/note.txt")
    outcomes = [Outcome(key=key, schema_name="cv", status=OutcomeStatus.DONE) for key in keys]
    names = names_of(requests, outcomes)
    assert names["in/a.eml!/fwd.eml!/note.txt"] == "s3://b/in/a.eml!/fwd.eml!/note.txt"


def test_attachment_is_taken_by_its_own_url(bucket: dict[str, bytes]) -> None:
    (request,) = requests_for(["s3://b/in/a.eml!/deed.pdf"], [], "cv")
    assert (request.key, request.name) == ("in/a.eml!/deed.pdf", "a.eml!/deed.pdf")


def test_refused_files_are_told_why_and_what_to_do() -> None:
    refused = [
        Outcome(key=key, schema_name="cv", status=OutcomeStatus.QUARANTINED, reason="wrong_type:zip")
        for key in "ab"
    ]
    (line,) = refusal_lines(refused, {"a": "lease.pdf", "b": "deed.pdf"})
    assert line.startswith("wrong_type:zip: ") and line.endswith(" (lease.pdf, deed.pdf)")
    assert "a Word document needs a name in .docx" in line
