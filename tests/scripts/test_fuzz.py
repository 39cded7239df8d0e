"""A fast slice of the fuzz script, and cases that it has found."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hopopt import Diagonal, Scaled, Sum, anneal
from hopopt.core import permutation_matrix
from problems import TSP, MaxCut


@pytest.fixture
def fuzz(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))
    return importlib.import_module("fuzz")


@pytest.mark.parametrize(("part", "cases"), [("readers", 120), ("options", 25), ("api", 150)])
def test_only_refusals_come(fuzz: Any, part: str, cases: int) -> None:
    assert [found for found in fuzz.fuzz(part, 0, 0, cases) if "more than" not in found[1]] == []


def test_faults_are_seen(fuzz: Any, tmp_path: Path) -> None:
    def broken(case: Any) -> None:
        raise ZeroDivisionError("by nothing")

    def silent(case: Any) -> None:
        raise ValueError

    case = fuzz.Case(0, 0, 0, tmp_path)
    assert fuzz.fault(case, broken) == "ZeroDivisionError: by nothing"
    assert fuzz.fault(case, silent) == "ValueError without a word"
    assert fuzz.fault(case, lambda case: None) is None
    again = fuzz.Case(0, 0, 0, tmp_path)
    assert fuzz.spoiled(case, "1 2\n3 4\n") == fuzz.spoiled(again, "1 2\n3 4\n")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("distances", lambda: TSP(np.inf)),  # type: ignore[arg-type]
        ("energy", lambda: Scaled(1.0, [])),  # type: ignore[arg-type]
        ("terms", lambda: Sum([])),
        ("motion", lambda: anneal([], 1, np.zeros(1))),  # type: ignore[arg-type]
        ("monitor", lambda: anneal([], None, np.zeros(1), monitor=1)),  # type: ignore[arg-type]
        ("p must", lambda: permutation_matrix(np.array([1]))),
        ("size", lambda: MaxCut(10**30, ([0], [1]))),
        ("energy", lambda: Scaled(1.0, Diagonal)),  # type: ignore[arg-type]
    ],
)
def test_what_fuzzing_has_found(name: str, make: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=name):
        make()
