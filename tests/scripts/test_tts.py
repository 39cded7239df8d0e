from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

sys_path = str(Path(__file__).parents[2] / "scripts")


@pytest.fixture(scope="module")
def tts() -> ModuleType:
    sys.path.insert(0, sys_path)
    try:
        return importlib.import_module("tts")
    finally:
        sys.path.remove(sys_path)


def test_runs_that_never_fail_need_no_restart(tts: ModuleType) -> None:
    assert tts.tts99(np.array([2.0, 2.0, 2.0])) == 2.0


def test_half_the_runs_need_seven_restarts(tts: ModuleType) -> None:
    expected = 3.0 * np.log(0.01) / np.log(0.5)
    assert tts.tts99(np.array([3.0, np.inf, 3.0, np.inf])) == pytest.approx(expected)


def test_best_time_to_restart_is_chosen(tts: ModuleType) -> None:
    early = 1.0 * np.log(0.01) / np.log(0.5)
    assert tts.tts99(np.array([1.0, 1.0, 100.0, 100.0])) == pytest.approx(early)


def test_no_run_means_never(tts: ModuleType) -> None:
    assert tts.tts99(np.array([np.inf, np.inf])) == np.inf


def test_interval_holds_the_middle(tts: ModuleType) -> None:
    rng = np.random.default_rng(0)
    low, middle, high = tts.interval([rng.exponential(size=20) for _ in range(3)], rng)
    assert low <= middle <= high
    assert low < high


def test_command_prints_a_row_a_method(
    tts: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "tts.png"
    words = "--ensembles regular planted --sizes 8 --instances 1 --runs 2 --time-limit 0.2"
    assert tts.main([*words.split(), "--plot", str(picture)]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split("|")[3].strip() for row in rows] == ["anneal", "boltzmann"] * 2
    assert picture.stat().st_size > 1000
