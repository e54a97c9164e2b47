"""The line of a bench that runs in two checkouts: paired ratios, their median and its interval."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import beside


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ([1.04, 0.98, 1.02, 1.01, 0.99], "beside: 1.010 [0.980, 1.040]"),
        ([1.0], "beside: 1.000 [1.000, 1.000]"),
        ([0.5, 1.5], "beside: 1.000 [0.500, 1.500]"),
    ],
)
def test_line_has_the_median_and_the_interval_of_the_ratios(ratios: list[float], expected: str) -> None:
    assert beside.line(ratios) == expected


@pytest.mark.parametrize(("n", "left_out"), [(1, 0), (5, 0), (7, 0), (8, 1), (11, 2), (20, 5)])
def test_interval_leaves_out_as_many_as_ninety_percent_allow(n: int, left_out: int) -> None:
    ratios = [float(i) for i in range(n)]
    assert beside.interval(ratios) == (ratios[left_out], ratios[n - 1 - left_out])


def test_coverage_is_that_of_a_fair_coin() -> None:
    assert beside.coverage(5, 0) == pytest.approx(0.9375)
    assert beside.coverage(8, 1) == pytest.approx(1 - 2 * 9 / 256)


def test_each_is_run_once_unmeasured_and_then_they_take_turns() -> None:
    calls: list[str] = []

    def side(name: str, speeds: list[float]) -> float:
        calls.append(name)
        return speeds.pop(0)

    here, there = [100.0, 10.0, 30.0, 20.0], [1.0, 10.0, 20.0, 40.0]
    ratios = beside.paired_ratios(lambda: side("this", here), lambda: side("that", there), 3)
    assert ratios == [1.0, 1.5, 0.5]
    assert calls == ["this", "that", "this", "that", "that", "this", "this", "that"]


def test_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        beside.NotACheckout, match=r"no checkout of Countersign: .*tests/bench/native_speed\.py"
    ):
        beside.python_of(tmp_path, "native_speed")


def test_checkout_without_its_environment_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tests" / "bench").mkdir(parents=True)
    (tmp_path / "tests" / "bench" / "native_speed.py").touch()
    with pytest.raises(beside.NotACheckout, match=r"no \.venv; run `make setup` in it first"):
        beside.python_of(tmp_path, "native_speed")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert beside.python_of(tmp_path, "native_speed") == python


def test_checkout_itself_is_refused_as_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "python_of", lambda *_: Path("python"))
    with pytest.raises(beside.NotACheckout, match="name another one"):
        beside.compare("native_speed", "", {}, beside.ROOT, 1)
