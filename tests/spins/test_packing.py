"""Packing and knapsacks: small ones against brute force, bounds that hold, files, bad input."""

from __future__ import annotations

import ctypes
import itertools
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

import problems
from hopopt import minimize
from problems import Knapsack, Packing
from problems.spins.filling import density, packed, polished
from problems.spins.packing_methods import least_bound

seeds = st.integers(0, 2**32 - 1)


def drawn(rng: np.random.Generator, n: int, m: int) -> Packing:
    """Weights and values with zeros among them, budgets from nothing to more than everything."""
    w = rng.integers(0, 30, (m, n)) * (rng.random((m, n)) < 0.8) / rng.choice([1, 7])
    values = rng.integers(0, 30, n) / rng.choice([1, 3])
    return Packing(w, values, rng.uniform(0, 1.2, m) * w.sum(axis=1))


@settings(max_examples=25)
@given(seed=seeds, n=st.integers(1, 9), m=st.integers(1, 3))
def test_small_ones_are_solved_and_all_answers_fit(seed: int, n: int, m: int) -> None:
    problem = drawn(np.random.default_rng(seed), n, m)
    sets = np.array(list(itertools.product((0, 1), repeat=n)))
    fits = np.all(sets @ problem.rows.T <= problem.bounds + 1e-9, axis=1)
    best = float((sets[fits] @ problem.values).max())
    exact = minimize(problem)
    assert (exact.method, exact.success) == ("milp", True)
    assert exact.fun == pytest.approx(best)
    for method in ("prices", "exchanges", "greedy"):
        found = minimize(problem, method, rng=0, time_limit=0.02)
        assert found.success
        assert found.fun <= best * (1 + 1e-9) + 1e-9
        assert found.x == problem.decode(found.output) if method != "greedy" else True
        assert found.bound is None or found.bound >= best * (1 - 1e-9) - 1e-9


@settings(max_examples=15)
@given(seed=seeds, n=st.integers(1, 8), big=st.sampled_from([1.0, 0.3, 1e12]))
def test_knapsacks_of_any_numbers(seed: int, n: int, big: float) -> None:
    """Floats, zeros, capacities of any size: methods that are exact are, and all answers fit."""
    rng = np.random.default_rng(seed)
    w, values = (rng.integers(0, 9, n) * (rng.random(n) < 0.8) for _ in range(2))
    sack = Knapsack(w * big, values, float(rng.uniform(0, 1.2) * w.sum() * big))
    sets = np.array(list(itertools.product((0, 1), repeat=n)))
    best = float((sets[sets @ sack.weights <= sack.capacity] @ values).max())
    assert minimize(sack).fun == pytest.approx(best)
    for method in ("milp", "prices", "exchanges", "greedy", "anneal"):
        found = minimize(sack, method, rng=0, time_limit=0.01)
        assert found.success
        assert found.fun <= best + 1e-9


@settings(max_examples=10)
@given(seed=seeds)
def test_prices_prove_a_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = drawn(rng, 12, 2)
    best = -milp(
        -problem.values,
        constraints=LinearConstraint(problem.rows, -np.inf, problem.bounds),
        integrality=np.ones(12),
        bounds=Bounds(0, 1),
    ).fun
    prices = rng.uniform(0, 3, (4, 2))
    known = problem.values, problem.rows, problem.bounds
    assert least_bound(*known, prices) >= best - 1e-6


@settings(max_examples=15)
@given(seed=seeds)
def test_polish_gains_and_ends_where_no_exchange_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = drawn(rng, 10, 2)
    known = problem.values, problem.rows, problem.bounds
    start = packed(rng.normal(size=(1, 10)), *known)[0]
    end = polished(start, *known)
    assert np.all(problem.rows @ end <= problem.bounds + 1e-9)
    assert end @ problem.values >= start @ problem.values
    assert np.array_equal(polished(end, *known), end)


def test_prices_end_where_their_bound_is_reached() -> None:
    """Everything fits: the first round proves it."""
    result = minimize(Packing([[1.0, 2.0, 0.0]], [3, 4, 5], [3]), "prices", rng=0)
    assert (result.x, result.fun, result.bound) == ([0, 1, 2], 12, 12)
    assert result.nit == 1


TEXT = "2\n3 2 0\n3 4 6\n2 3 4\n3 1 3\n6 6\n2 1 4\n3 4\n2 3\n3\n"


def test_files_of_the_or_library(tmp_path: Path) -> None:
    file = tmp_path / "two.txt"
    file.write_text(TEXT)
    first, second = (Packing.load(str(file), number=k) for k in (1, 2))
    assert first.rows.tolist() == [[2, 3, 4], [3, 1, 3]]
    assert (first.bounds.tolist(), first.optimum, first.instance) == ([6, 6], None, "two-1")
    assert (second.values.tolist(), second.optimum) == ([3, 4], 4)
    assert minimize(second).fun == 4
    assert problems.packing([[2, 3]], [3, 4], [3]) == (4, [1])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected 1 more numbers; the file ends after 0"),
        ("1\n2 1 0\n3 4\n2 3\n", "expected 1 more numbers; the file ends after 0"),
        ("1\n2 x 0", "finite numbers"),
        ("1.5\n", "a number of 1 … 10000; got 1.5"),
        ("1\n1 1 0\n-3\n1\n1\n", "values must be finite and nonnegative; got -3"),
        ("1\n1 1 0\n3\n1\n1\n", None),
    ],
)
def test_files_that_lie(text: str, message: str | None, tmp_path: Path) -> None:
    file = tmp_path / "odd.txt"
    file.write_text(text)
    if message is None:
        with pytest.raises(ValueError, match=r"number must lie in 1 … 1.*got 2"):
            Packing.load(str(file), number=2)
        return
    with pytest.raises(ValueError, match=message):
        Packing.load(str(file))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2]], [1], [1]), "one row a bound and one column a value"),
        (([1, 2], [1, 2], [1]), "one row a bound"),
        (([[1, 2]], [1, 2], [np.nan]), "bounds must"),
        (([[1, np.nan]], [1, 2], [1]), "weights must be finite"),
        (([[1, 2]], [1, np.nan], [1]), "values must be finite"),
        (([[1, -2]], [1, 2], [1]), "weights must be finite and nonnegative; got -2"),
        (([[1, 2]], [1, 2], [-1]), "bounds must be finite and nonnegative; got -1"),
    ],
)
def test_bad_input(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Packing(*arguments)


def test_violations_name_the_budget() -> None:
    problem = Packing([[1, 2], [5, 5]], [1, 1], [3, 7])
    (broken,) = problem.violations([0, 1])
    assert (broken.constraint, broken.excess) == ("budget 1 is at most 7", 3)
    assert problem.violations([0, 0])[0].constraint == "items are taken once each"
    assert problem.violations([5])
    assert not problem.violations([])


@pytest.mark.parametrize("values", [[5, 1, 1], [2.0**40, 1, 1]])
def test_items_below_the_tolerance_of_branch_and_bound_leave_the_knapsack(
    values: list[float],
) -> None:
    heavy = 2.0**40
    knapsack = problems.Knapsack([heavy, 1, 1], values, heavy)
    assert minimize(knapsack, "milp").x == [0]


def one_by_one(s: Any, values: Any, rows: Any, bounds: Any) -> list[int]:
    """What goes in where items are looked at one after another."""
    left, taken = bounds.astype(float), []
    for k in np.lexsort((-density(values, rows, bounds), -s)).tolist():
        if np.all(rows[:, k] <= left):
            left, taken = left - rows[:, k], [*taken, k]
    return sorted(taken)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (9, 3), (300, 1), (300, 4)])
def test_blocks_of_items_go_in_as_one_by_one(n: int, m: int) -> None:
    rng = np.random.default_rng(n + m)
    s, values, rows = rng.integers(0, 3, (5, n)), rng.random(n), rng.random((m, n)) ** 2
    bounds = rows.sum(axis=1) / rng.uniform(1, 9)
    for lane, taken in zip(s, packed(s, values, rows, bounds), strict=True):
        assert np.flatnonzero(taken).tolist() == one_by_one(lane, values, rows, bounds)


@pytest.mark.parametrize("seed", range(12))
def test_items_that_a_price_decides_lose_no_optimum(seed: int) -> None:
    """Branch and bound on what is left undecided, against all packings."""
    rng = np.random.default_rng(seed)
    n, whole = int(rng.integers(1, 11)), seed % 2
    w, v = (rng.integers(0, 12, n) * 1.0 if whole else rng.random(n) for _ in range(2))
    bound = float(rng.integers(0, 30)) if whole else rng.random() * n / 2
    every = np.arange(2**n)[:, None] >> np.arange(n) & 1
    best = (every @ v)[every @ w <= bound].max()
    assert minimize(Knapsack(w, v, bound), "milp", rng=0).fun == pytest.approx(best)


@pytest.mark.parametrize("scale", [1.0, 0.1, 1e-290, 1e290])
@pytest.mark.parametrize("method", ["auto", "exchanges"])
def test_rounding_leaves_no_item_out(scale: float, method: str) -> None:
    rows, bounds = scale * np.array([[2, 3, 4], [3, 1, 3]]), scale * np.array([6.0, 6])
    assert minimize(Packing(rows, [3, 4, 6], bounds), method, rng=0).x == [0, 2]
    sack = Knapsack(scale * np.array([1, 2, 3]), [1, 1, 3], scale * 6)
    assert minimize(sack, method, rng=0).x == [0, 1, 2]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's stream is exchanged")
def test_highs_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """HiGHS 1.12 tells of a candidate of its own that is too heavy, whatever its options say."""
    weights, bounds = [[56, 83, 32, 19, 50], [81, 19, 27, 31, 62]], [228, 114]
    assert minimize(Packing(weights, [91, 37, 46, 27, 43], bounds), "milp").fun == 137
    sys.stdout.write("Python's own\n")
    ctypes.CDLL(None).fflush(None)
    assert capfd.readouterr() == ("Python's own\n", "")
