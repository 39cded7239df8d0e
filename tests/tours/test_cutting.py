"""Laws of proofs: bounds of all tours, and the shortest one where branch and bound looks for it."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopopt import Status, minimize
from hopopt.core import Monitor, now
from hopopt.search import Incumbent, search
from problems import TSP
from problems.tours import lower_bound
from problems.tours.certificate import Certificate
from problems.tours.cutting import CuttingPlanes
from problems.tours.exact import held_karp

SHAPES = ["points", "symmetric", "directed", "path", "fixed", "equal", "far"]


def instance(seed: int, n: int, shape: str) -> TSP:
    rng = np.random.default_rng(seed)
    points, matrix = rng.integers(0, 50, (n, 2)), rng.integers(1, 50, (n, n)).astype(float)
    if shape == "points":
        return TSP.from_points(points, "EUC_2D")
    if shape == "path":
        return TSP.from_points(points * 1.0, cycle=False, start=1)
    if shape == "fixed":
        return TSP.from_matrix(matrix, fixed=[(1, 3), (3, 2)])
    if shape == "equal":
        return TSP.from_matrix(np.ones((n, n)))
    if shape == "far":
        return TSP.from_matrix(np.where(rng.random((n, n)) < 0.3, 1e12, matrix))
    return TSP.from_matrix(matrix if shape == "directed" else matrix + matrix.T)


def shortest(problem: TSP) -> float:
    orders = permutations(range(problem.size))
    return min(problem.cost(x) for x in orders if problem.feasible(x))


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(5, 6))
def test_bounds_hold_and_branching_finds_the_shortest_tour(shape: str, seed: int, n: int) -> None:
    problem = instance(seed, n, shape)
    best = shortest(problem)
    distances = problem.route.distances if shape == "far" else problem.distances
    planes = CuttingPlanes(distances)
    slack = 1e-9 * max(1, abs(best))
    assert planes.relax(0.0) <= best + slack  # a single program
    assert planes.relax() <= best + slack
    proof = planes.branch(np.inf)
    assert proof.bound == pytest.approx(best)
    assert proof.order is not None
    assert problem.cost(problem.tour(proof.order)) == pytest.approx(best)
    upper = CuttingPlanes(distances, best)
    assert upper.relax() <= best + slack
    below = upper.branch(best - 1e-6 * max(1, abs(best)))
    assert below.order is None
    assert best - 1e-5 * max(1, abs(best)) < below.bound <= best


def test_cutting_planes_reach_the_bound_of_one_trees() -> None:
    problem = TSP.load("random-30")
    trees, planes = lower_bound(problem, steps=300), lower_bound(problem)
    assert trees <= planes * (1 + 1e-9)
    assert planes <= trees * 1.01


@pytest.mark.parametrize("shape", ["points", "directed", "path", "fixed"])
def test_searches_end_with_the_proof(shape: str) -> None:
    problem = instance(3, 14, shape)
    result = minimize(problem, "k-opt", rng=0, time_limit=60, compiled=False)
    assert result.status == Status.OPTIMAL
    assert result.bound == result.fun
    assert result.gap_bound == 0
    assert result.message.startswith("Optimal, proven")
    if shape == "directed":
        assert result.fun == held_karp(problem.distances.matrix())[0]


def test_what_branch_and_bound_has_found_is_classical(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Certificate, "proves", lambda self, cost: False)
    monkeypatch.setattr(Certificate, "_below", lambda self, cost: np.inf)
    monkeypatch.setattr("problems.tours.linkern.rounds.QUIET", 0)
    result = minimize(instance(0, 14, "points"), "k-opt", rng=0, time_limit=60, compiled=False)
    assert (result.kind, result.status) == ("classical", Status.OPTIMAL)
    assert result.integrator == "recalls + walks + HiGHS"


def test_kicks_that_are_counted_are_all_made() -> None:
    result = minimize(instance(3, 14, "points"), "k-opt", rng=0, kicks=100, compiled=False)
    assert (result.status, result.bound) == (Status.CONVERGED, None)


def test_no_time_proves_nothing() -> None:
    problem = TSP.load("random-60")
    certificate = Certificate(problem, 1e9)
    certificate.relax(now() - 1)
    assert certificate.bound < minimize(problem, "greedy").fun
    assert certificate.branch(1e9, now() - 1) is None
    assert not certificate.proves(minimize(problem, "greedy").fun)


def test_few_cities_are_proven_by_dynamic_programming() -> None:
    result = minimize(TSP.load("random-9"), "k-opt", rng=0)
    assert (result.kind, result.status) == ("classical", Status.OPTIMAL)
    assert result.bound == result.fun


def test_a_search_ends_at_its_bound() -> None:
    rounds = (Incumbent(k, float(k), bound=4.0) for k in range(9, 0, -1))
    found = search(rounds, Monitor())
    assert (found.best.x, found.status, found.bound) == (4, Status.OPTIMAL, 4.0)
