"""Answers do not change with the unit of length, under big M, or where ways are missing."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hopopt import Status, minimize
from problems import TSP
from problems.shared.magnitudes import ranked, tour_in
from problems.tours.bound import lower_bound
from problems.tours.distances import MatrixDistances, PointDistances

Floats = NDArray[np.float64]

SEEDS = st.integers(0, 2**32 - 1)
TWOS = [2.0**-1000, 2.0**980]
SCALE_FREE = ("cosine",)
MISSING = [2.0**63, 1e100, sys.float_info.max, np.inf]


def drawn(seed: int, n: int, symmetric: bool) -> Floats:
    D = np.random.default_rng(seed).random((n, n))
    np.fill_diagonal(D, 0)
    return D + D.T if symmetric else D


def ring(seed: int, n: int, symmetric: bool, missing: float) -> Floats:
    """A tour of edges of length 1, half as many longer ones, and nothing else."""
    rng = np.random.default_rng(seed)
    D, q = np.full((n, n), missing), rng.permutation(n)
    for a, b in rng.integers(0, n, (n // 2, 2)):
        D[a, b] = rng.integers(2, 9)
    D[q, np.roll(q, -1)] = 1
    if symmetric:
        D = np.minimum(D, D.T)
    np.fill_diagonal(D, 0)
    return D


def built(kind: str, scale: float) -> TSP:
    points = np.random.default_rng(3).random((14, 2))
    if kind == "callable":
        D = drawn(3, 14, True)
        return TSP.from_points(
            np.arange(14)[:, None], lambda a, b: scale * float(D[int(a[0]), int(b[0])])
        )
    if kind == "path":
        return TSP.from_matrix(scale * drawn(3, 14, True), cycle=False, start=2, fixed=[(3, 4)])
    if kind in ("symmetric", "asymmetric"):
        return TSP.from_matrix(scale * drawn(3, 14, kind == "symmetric"))
    return TSP.from_points(scale * points, kind)


KINDS = ("symmetric", "asymmetric", "path", "callable", "euclidean", *SCALE_FREE)


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", KINDS)
def test_a_power_of_two_changes_no_answer(kind: str) -> None:
    options: dict[str, Any] = {"kicks": 1, "compiled": False, "rng": 0}
    want = minimize(built(kind, 1.0), "k-opt", **options)
    for scale in TWOS:
        found = minimize(built(kind, scale), "k-opt", **options)
        assert (found.x, found.fun) == (want.x, want.fun * (1 if kind in SCALE_FREE else scale))


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e-30, 1e30, 1e160, 1e300])
@pytest.mark.parametrize("symmetric", [False, True])
def test_small_tours_are_optimal_and_bounds_hold_in_any_unit(scale: float, symmetric: bool) -> None:
    D = drawn(1, 7, symmetric)
    want = min(D[p, np.roll(p, -1)].sum() for p in map(list, itertools.permutations(range(7))))
    problem = TSP.from_matrix(scale * D)
    assert minimize(problem, rng=0).fun == pytest.approx(scale * want)
    bound = lower_bound(problem, steps=50)
    assert 0 < bound <= scale * want * (1 + 1e-9)


def test_points_too_large_for_their_squares_have_distances() -> None:
    d = PointDistances([[0, 0], [3e200, 4e200], [3e200, 0]])
    assert d.matrix() == pytest.approx(1e200 * np.array([[0, 5, 3], [5, 0, 4], [3, 4, 0]]))
    tiny = PointDistances([[0, 0], [3e-200, 4e-200]])
    assert float(tiny(0, 1)) == pytest.approx(5e-200)


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("missing", MISSING)
def test_what_costs_too_much_is_not_taken(missing: float, symmetric: bool) -> None:
    for seed in range(3):
        found = minimize(TSP.from_matrix(ring(seed, 9, symmetric, missing)), rng=0)
        assert (found.fun, found.success) == (9, True)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("symmetric", [False, True])
def test_large_tours_are_the_same_for_any_big_m(symmetric: bool) -> None:
    """Of 2¹⁰⁰, the largest float's binade and nothing, tours of twenty cities see the same."""
    options: dict[str, Any] = {"kicks": 1, "compiled": False, "rng": 0}
    found = [
        minimize(TSP.from_matrix(ring(0, 20, symmetric, M)), "k-opt", **options)
        for M in (2.0**100, 2.0**1000, np.inf)
    ]
    taken = [sum(step > 9 for step in steps(r)) for r in found]
    assert len(set(taken)) == 1
    assert found[0].x == found[1].x == found[2].x


def steps(result: Any) -> list[float]:
    order = result.problem.order(result.x)
    return [float(d) for d in result.problem.route.distances(order, np.roll(order, -1))]


@given(seed=SEEDS, symmetric=st.booleans(), missing=st.sampled_from(MISSING))
@settings(max_examples=25)
def test_ranked_distances_rank_tours_alike(seed: int, symmetric: bool, missing: float) -> None:
    """First by how many forbidden ways they take, then by the others' length."""
    rng = np.random.default_rng(seed)
    D = 10.0 ** rng.integers(-2, 3) * drawn(seed, 6, symmetric)
    away = rng.random((6, 6)) < 0.3
    away = away | away.T if symmetric else away
    np.fill_diagonal(away, False)
    given = np.where(away, missing, D)
    seen, unit = ranked(given, lambda ways: tour_in(ways, symmetric))
    assert np.isfinite(seen).all()
    tours = [list(p) for p in itertools.permutations(range(6)) if p[0] == 0]
    key = [(int(away[p, np.roll(p, -1)].sum()), _kept(D, away, p)) for p in tours]
    lengths = [float(seen[p, np.roll(p, -1)].sum()) for p in tours]
    best = min(key)
    chosen = key[int(np.argmin(lengths))]
    assert chosen[0] == best[0]
    assert chosen[1] == pytest.approx(best[1], rel=1e-9)
    if not away.any():
        assert unit * seen == pytest.approx(given)


def _kept(D: Floats, away: NDArray[np.bool_], p: list[int]) -> float:
    following = np.roll(p, -1)
    return float(np.where(away, 0.0, D)[p, following].sum())


def test_noise_between_equal_points_is_not_all_there_is() -> None:
    """Small distances inside clusters, however small, leave those between clusters alone."""
    rng = np.random.default_rng(0)
    points = np.repeat(rng.random((4, 2)), 3, axis=0)
    D = np.abs(points[:, None] - points).sum(-1)
    D[(D == 0) & ~np.eye(12, dtype=bool)] = 5e-17
    seen, unit = ranked(D, lambda ways: tour_in(ways, True))
    assert seen is D
    assert unit == 1


def test_ordinary_distances_are_what_methods_see() -> None:
    d = MatrixDistances([[0, 3, 5], [4, 0, 1], [2, 6, 0]])
    points = PointDistances(np.random.default_rng(0).random((5, 2)))
    assert d.ranked() is d
    assert points.ranked() is points


def test_a_way_that_is_missing_is_named() -> None:
    D = np.array([[0, 1, np.inf, 1], [1, 0, 1, 9], [np.inf, 1, 0, 1], [1, 9, 1, 0.0]])
    problem = TSP.from_matrix(D, labels="abcd")
    assert minimize(problem, rng=0).fun == 4
    assert not problem.feasible(list("acbd"))
    assert problem.cost(list("acbd")) == np.inf
    (found,) = problem.violations(list("acbd"))
    assert found.constraint == "there is a way from 'a' to 'c'"
    forced = TSP.from_matrix(D, labels="abcd", fixed=[("c", "a")])
    assert minimize(forced, rng=0).status == Status.IMPOSSIBLE
    assert problem.to_graph().number_of_edges() == 5


def test_callables_may_say_that_there_is_no_way() -> None:
    D = ring(2, 10, False, np.inf)
    problem = TSP.from_points(
        np.arange(10)[:, None], lambda a, b: float(D[int(a[0]), int(b[0])]), symmetric=False
    )
    assert minimize(problem, rng=0).fun == 10


@pytest.mark.parametrize("kind", ["matrix", "graph"])
def test_where_no_tour_exists_the_answer_says_so(kind: str) -> None:
    """Petersen's graph has paths through all its nodes, but no tour."""
    G = nx.petersen_graph()
    nx.set_edge_attributes(G, 1.0, "weight")
    A = nx.to_numpy_array(G, nonedge=np.inf)
    options = [{}, {"cycle": False}]
    closed, path = (
        minimize(TSP.from_matrix(A, **o) if kind == "matrix" else TSP.from_graph(G, **o), rng=0)
        for o in options
    )
    assert (closed.success, closed.fun, closed.status) == (False, np.inf, Status.IMPOSSIBLE)
    assert "No feasible solution exists" in closed.message
    assert closed.violations
    assert (path.success, path.fun) == (True, 9)


@pytest.mark.parametrize(
    ("ways", "options", "lacks"),
    [
        ([(0, 1), (1, 2), (2, 3)], {}, "0 has two ways at least"),
        ([(0, 1), (2, 3)], {"cycle": False}, "0 is connected to all others"),
        ([(0, 1), (1, 2), (2, 0)], {"cycle": False}, "3 has a way, there and back"),
    ],
)
def test_torn_distances_have_no_tour_and_the_answer_says_why(
    ways: list[tuple[int, int]], options: dict[str, Any], lacks: str
) -> None:
    D = np.full((4, 4), np.inf)
    for a, b in ways:
        D[a, b] = D[b, a] = 1
    result = minimize(TSP.from_matrix(D, **options), rng=0)
    assert (result.success, result.status) == (False, Status.IMPOSSIBLE)
    assert result.violations[0].constraint == lacks


def test_fixed_edges_hold_where_city_0_is_near_to_all() -> None:
    """The bonus of what must be taken comes from all distances."""
    D = np.array(
        [[0, 0, 0, 0, 0], [0, 0, 9, 3, 3], [0, 9, 0, 8, 3], [0, 3, 8, 0, 1], [0, 3, 3, 1, 0]]
    )
    problem = TSP.from_points(
        np.arange(5)[:, None], lambda a, b: float(D[int(a[0]), int(b[0])]), fixed=[(1, 2)]
    )
    assert problem.distances.bonus > 3 * D.max()  # type: ignore[attr-defined]
    assert minimize(problem, rng=0).fun == 13


METRICS = ("euclidean", "cityblock", "sqeuclidean", "cosine", "EUC_2D", "CEIL_2D", "ATT")


@pytest.mark.parametrize("metric", [*METRICS, "GEO", "great-circle", "hamming", "canberra"])
def test_the_longest_distance_is_no_longer_than_said(metric: str) -> None:
    points = 1 + 80 * np.random.default_rng(0).random((30, 2))
    d = PointDistances(points, metric)
    assert d.matrix().max() <= d.longest() <= 4 * d.matrix().max() + 1
