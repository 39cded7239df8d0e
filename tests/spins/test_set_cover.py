"""Set cover: small ones against brute force, files of the OR-Library, bad input."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import problems
from hopopt import minimize
from problems import SetCover


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 8), m=st.integers(1, 6))
def test_small_ones_are_solved_and_all_answers_cover(seed: int, n: int, m: int) -> None:
    """Empty sets, sets twice, costs of 0, elements in one set only: all methods, their bounds."""
    rng = np.random.default_rng(seed)
    sets = [np.flatnonzero(rng.random(m) < 0.4).tolist() for _ in range(n)]
    sets[int(rng.integers(n))] = list(range(m))
    problem = SetCover(sets, rng.integers(0, 9, n) / rng.choice([1, 3]))
    best = min(
        problem.cost(x)
        for k in range(n + 1)
        for x in itertools.combinations(range(n), k)
        if set().union(*(sets[j] for j in x)) == set(range(m))
    )
    assert minimize(problem).fun == pytest.approx(best)
    for method in ("exchanges", "prices", "greedy"):
        found = minimize(problem, method, rng=0, time_limit=0.02)
        assert found.success
        assert set().union(*(sets[j] for j in found.x)) == set(range(m))
        assert found.fun == pytest.approx(sum(problem.values[found.x]))
        assert found.fun >= best - 1e-9
        assert found.bound is None or found.bound <= best + 1e-9


def test_answers_name_what_is_missing() -> None:
    problem = SetCover(["ab", "bc", "cd"])
    assert [v.constraint for v in problem.violations([0])] == [
        f"element {e!r} is held" for e in "cd"
    ]
    assert problem.violations([0, 0])[0].constraint == "items are taken once each"
    assert problem.feasible([0, 2])
    assert problems.set_cover(["ab", "bc", "cd"], [1, 9, 1]) == (2.0, [0, 2])


def test_files_of_the_or_library(tmp_path: Path) -> None:
    file = tmp_path / "two.scp"
    file.write_text("2 3\n4 1\n1\n2\n1 2\n1\n3\n")
    problem = SetCover.load(str(file))
    assert problem.rows.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert (problem.values.tolist(), problem.instance) == ([4, 1, 1], "two")
    assert minimize(problem).x == [1, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "odd.scp: expected how many elements and sets"),
        ("0 2", "expected how many elements and sets"),
        ("99999 99999", "elements times sets of at most 20000000; got 9999800001"),
        ("1 1 x", "expected 3 finite numbers"),
        ("1 1 3 2 1", "element 1: expected how many sets hold it, and which, 1 … 1"),
        ("1 1 3 1 2", "element 1: expected how many sets hold it"),
        ("1 1 3", "element 1: expected how many sets hold it"),
        ("1 1 3 0", "sets must hold every element; element 1 is in none"),
        ("1 1 3 1 1 7", "expected 5 numbers; got 6"),
        ("1 1 -3 1 1", "costs must be finite and nonnegative; got -3"),
    ],
)
def test_files_that_lie(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.scp"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        SetCover.load(str(file))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "sets must hold at least one element; got none"),
        (([[], []],), "at least one element"),
        ((["a"], [1, 2]), r"costs must be a number, or one a set; got shape \(2,\)"),
        ((["a"], np.nan), "costs must be finite"),
        ((["a"], -1), "costs must be finite and nonnegative; got -1"),
    ],
)
def test_bad_input(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SetCover(*arguments)
