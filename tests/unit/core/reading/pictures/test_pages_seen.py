"""A look at pages goes on behind a page at which a worker died."""

from __future__ import annotations

from tasks.core.reading.pictures.pages_seen import (
    PagesProgress,
    letters_message,
    not_drawn_message,
    picture_message,
    request_from_json,
    sizes_message,
)
from tasks.core.reading.pictures.records import BoxedPlace, PageBox, PagePicture, PictureRequest, PlaceKind
from tasks.core.records import Span

ON_ONE, OVER_TWO = Span(0, 2), Span(2, 6)
REQUEST = PictureRequest((1, 2), (ON_ONE, OVER_TWO), "abcdef", ((0, 4), (4, 6)), max_picture_bytes=100)


def box(page_number: int) -> PageBox:
    return PageBox(page_number, 0.1, 0.2, 0.3, 0.4)


def picture(page_number: int) -> PagePicture:
    return PagePicture(page_number, "image/png", 3, 4, b"\x00\xff")


def test_what_the_steps_say_is_the_result() -> None:
    progress = PagesProgress(REQUEST)
    progress.take(sizes_message({1: (595.0, 842.0)}))
    progress.take(letters_message(1, [(ON_ONE, [box(1)]), (OVER_TWO, [box(1)])], 0))
    progress.take(letters_message(2, [(OVER_TWO, [box(2)])], 1))
    progress.take(picture_message(picture(1)))
    progress.take(not_drawn_message(2, "too_large"))
    assert progress.n_left == 0
    seen = progress.result()
    assert seen.pictures == (picture(1),)
    assert seen.places == {
        ON_ONE: BoxedPlace(PlaceKind.GLYPHS, (box(1),)),
        OVER_TWO: BoxedPlace(PlaceKind.GLYPHS, (box(1), box(2))),
    }
    assert (seen.not_drawn, seen.sizes, seen.turns) == ({2: "too_large"}, {1: (595.0, 842.0)}, {1: 0, 2: 1})
    assert seen.reason is None


def test_a_range_of_which_a_part_is_missing_has_no_place() -> None:
    progress = PagesProgress(REQUEST)
    progress.take(letters_message(1, [(OVER_TWO, [box(1)])], 0))
    progress.take(letters_message(2, [], None))
    assert progress.result().places == {}


def test_the_rest_is_asked_without_the_page_at_which_a_worker_died() -> None:
    progress = PagesProgress(REQUEST)
    progress.take(letters_message(1, [(ON_ONE, [box(1)])], 0))
    progress.skip()
    progress.take(picture_message(picture(1)))
    rest, letter_pages = request_from_json(progress.rest())
    assert (rest.pages, letter_pages, rest.max_picture_bytes) == ((2,), (), 98)
    progress.skip()
    seen = progress.result()
    assert seen.not_drawn == {2: "broken_page"}
    assert seen.places.keys() == {ON_ONE}


def test_the_whole_request_passes_the_pipe() -> None:
    rest, letter_pages = request_from_json(PagesProgress(REQUEST).rest())
    assert (rest, letter_pages) == (REQUEST, (1, 2))


def test_when_time_is_over_the_pages_say_so() -> None:
    progress = PagesProgress(REQUEST)
    progress.take(picture_message(picture(1)))
    progress.stop("timeout")
    assert progress.n_left == 0
    assert progress.result().not_drawn == {2: "timeout"}


def test_a_file_of_which_nothing_was_seen_has_a_reason() -> None:
    progress = PagesProgress(REQUEST)
    progress.stop("password_required")
    seen = progress.result()
    assert (seen.reason, seen.pictures, seen.not_drawn) == ("password_required", (), {})
