"""Assignments as people have them: fillers, forbidden pairs, other shapes, ties, any magnitude."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import problems
from hopopt import Status, minimize
from hopopt.solve import Method
from problems import LinearAssignment
from problems.permutations.cooling import Cooling
from problems.permutations.placing import placed, seated

Floats = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)
INF = np.inf


def best_of_all(costs: Floats, sense: str) -> float | None:
    """The best sum over all assignments without an infinite cost; None where there is none."""
    C = costs if costs.shape[0] <= costs.shape[1] else costs.T
    rows = np.arange(len(C))
    sums = [
        float(C[rows, list(p)].sum()) for p in itertools.permutations(range(C.shape[1]), len(C))
    ]
    real = [s for s in sums if np.isfinite(s)]
    return None if not real else min(real) if sense == "min" else max(real)


@given(
    seed=SEEDS,
    shape=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    sense=st.sampled_from(["min", "max"]),
    missing=st.sampled_from([0.0, 0.3]),
    whole=st.booleans(),
)
@settings(max_examples=40)
def test_small_ones_are_the_best_of_all(
    seed: int, shape: tuple[int, int], sense: Any, missing: float, whole: bool
) -> None:
    rng = np.random.default_rng(seed)
    C = rng.integers(-9, 10, shape).astype(float) if whole else rng.normal(size=shape)
    C[rng.random(shape) < missing] = INF if sense == "min" else -INF
    want = best_of_all(C, sense)
    problem = LinearAssignment(C, sense=sense)
    for method in ("sinkhorn", "scipy"):
        result = minimize(problem, method, rng=0)
        if want is None:
            assert (result.success, result.status) == (False, Status.IMPOSSIBLE)
        else:
            assert result.success
            assert result.fun == pytest.approx(want)
    assert problem.optimum == (None if want is None else pytest.approx(want))


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e300])
@pytest.mark.parametrize("filler", [1e6, 1e100, 1e305, INF])
def test_fillers_of_any_size_forbid_pairs(filler: float, scale: float) -> None:
    rng = np.random.default_rng(0)
    C = scale * rng.random((8, 8))
    C[rng.random(C.shape) < 0.5] = max(filler, filler * scale) if filler < 1e300 else filler
    np.fill_diagonal(C, scale * rng.random(8))
    problem = LinearAssignment(C)
    allowed = np.where(scale < C, INF, C)
    result = minimize(problem, rng=0)
    assert result.success
    assert result.fun == pytest.approx(LinearAssignment(allowed).optimum, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_whole_multiples_of_any_number_have_their_ties_broken(scale: float) -> None:
    for seed, most in ((0, 2), (1, 5), (2, 10**6)):
        rng = np.random.default_rng(seed)
        costs = scale * rng.integers(0, most, (16, 16))
        costs[rng.random(costs.shape) < 0.2] = INF
        problem = LinearAssignment(costs)
        result = minimize(problem, "sinkhorn", rng=0)
        assert result.success
        assert result.fun == pytest.approx(problem.optimum, rel=1e-12)


def test_large_offsets_of_rows_and_columns_change_nothing() -> None:
    rng = np.random.default_rng(1)
    C, shift = rng.random((9, 9)), 2.0**20 * rng.integers(0, 9, 9)
    plain, shifted = (minimize(LinearAssignment(D), rng=0).x for D in (C, C + shift))
    assert plain == shifted


def test_ties_of_whole_costs_are_broken_without_a_change_of_rank() -> None:
    C = np.random.default_rng(3).integers(0, 4, (7, 7)).astype(float)
    seen, ties = placed(C)
    assert 0 < len(C) * ties < 1
    assert placed(C + np.pi * np.eye(7))[1] == 0
    assert minimize(LinearAssignment(C), rng=0).fun == LinearAssignment(C).optimum
    assert seen.min() == 0


@given(seed=SEEDS, n=st.integers(1, 8))
def test_seats_are_a_permutation_and_the_largest_outputs_where_these_are_one(
    seed: int, n: int
) -> None:
    rng = np.random.default_rng(seed)
    assert sorted(seated(rng.integers(0, 3, (n, n)) / 2.0)) == list(range(n))
    p = rng.permutation(n)
    assert seated(np.eye(n)[p] + 0.4 * rng.random((n, n))).tolist() == p.tolist()


def test_workers_without_a_job_have_none() -> None:
    value, jobs = problems.assignment([[1, 2], [3, 4], [0, 9]])
    assert (value, jobs) == (2, [1, None, 0])
    assert problems.assignment([[1, 2, 3], [4, 5, 6]])[0] == 6
    assert problems.assignment(np.eye(2), sense="max") == (2, [0, 1])
    problem = LinearAssignment([[1, 2], [3, 4], [0, 9]], labels="ab")
    assert problem.describe(["b", None, "a"])["solution"] == ["b", None, "a"]


def test_violations_say_what_is_wrong() -> None:
    problem = LinearAssignment([[1, INF], [3, 4]], labels="ab")
    assert problem.violations(["b", "a"])[0].constraint == "worker 0 can do 'b'"
    assert problem.violations(["a", "a"])[0].constraint == "'a' is taken once"
    assert problem.violations(["a", None])
    assert problem.violations(["a"])
    with pytest.raises(ValueError, match="no assignment exists"):
        problems.assignment([[INF, 1], [INF, 2]])
    with pytest.raises(ValueError, match=r"none of them -inf; got NaN or -inf"):
        LinearAssignment([[-INF]])
    with pytest.raises(ValueError, match=r"matrix; got shape \(2,\)"):
        LinearAssignment([1, 2])


def test_the_message_says_where_a_better_one_is_known() -> None:
    problem = LinearAssignment(np.random.default_rng(0).random((6, 6)))
    method: Method = Cooling(stages=1)
    result = minimize(problem, method, rng=0)
    assert result.fun > problem.optimum  # type: ignore[operator]
    assert "The optimum on record" in result.message
    assert "on record" not in minimize(problem, rng=0).message


def test_costs_of_a_file_are_a_table_with_its_size_or_without(tmp_path: Path) -> None:
    for text in ("2\n1 2\n3 5\n", "1 2\n3 5\n", "1,2\n3,5\n", "1;2\n3;5"):
        (tmp_path / "costs.csv").write_text(text)
        assert minimize(LinearAssignment.load(str(tmp_path / "costs.csv")), "scipy").fun == 5
    (tmp_path / "costs.csv").write_text("1,2\n3\n")
    with pytest.raises(ValueError, match="expected n and n² costs, or n²; got 3 words"):
        LinearAssignment.load(str(tmp_path / "costs.csv"))
