from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopopt import minimize
from hopopt.app.cli import main
from problems.tours import TSP, lower_bound
from problems.tours.bound import climb, neighbourhood
from problems.tours.exact import held_karp
from problems.tours.one_trees import Neighbourhood, OneTrees

INTEGER_METRICS = ["EUC_2D", "CEIL_2D", "ATT", "MAN_2D", "MAX_2D"]
FLOAT_METRICS = ["euclidean", "cityblock", "chebyshev", "sqeuclidean"]
SEEDS = st.integers(0, 2**32 - 1)


def clustered(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return points of clusters of different size and width, some of them equal."""
    centres = rng.random((3, 2)) * 100
    widths = np.array([0.0, 0.5, 8.0])
    which = rng.integers(3, size=n)
    return centres[which] + widths[which, None] * rng.standard_normal((n, 2))


@given(SEEDS, st.integers(1, 8), st.sampled_from(FLOAT_METRICS + INTEGER_METRICS))
def test_no_tour_is_shorter_than_the_bound(seed: int, n: int, metric: str) -> None:
    problem = TSP.from_points(clustered(np.random.default_rng(seed), n), metric)
    optimum, _ = held_karp(problem.distances.matrix())
    bound = lower_bound(problem, steps=60)
    assert bound <= optimum
    if metric in INTEGER_METRICS:
        assert bound == np.ceil(bound)


@given(SEEDS, st.integers(1, 7), st.booleans(), st.booleans())
def test_matrices_too_symmetric_or_not(seed: int, n: int, symmetric: bool, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.random((n, n)) ** 4 * 100
    matrix = np.floor(matrix) + 1 if whole else matrix  # zeros alone above: one triangle
    matrix = matrix + matrix.T if symmetric else matrix
    optimum, _ = held_karp(matrix)
    assert lower_bound(TSP.from_matrix(matrix), steps=60) <= optimum


@given(SEEDS, st.integers(5, 40), st.integers(1, 5), st.floats(0, 30))
def test_few_candidates_never_give_more_than_the_complete_graph(
    seed: int, n: int, count: int, spread: float
) -> None:
    """The star stands for every edge left out, whatever the prices."""
    rng = np.random.default_rng(seed)
    points = clustered(rng, n)
    distances = TSP.from_points(points).route.distances
    complete = neighbourhood(distances)
    assert len(complete.lengths) == n * (n - 1) // 2
    gaps = distances.matrix()
    near = np.argsort(gaps, axis=1)[:, : min(count + 1, n)]
    reach = np.take_along_axis(gaps, near[:, -1:], axis=1)[:, 0]
    sparse = Neighbourhood.of(
        distances, np.repeat(np.arange(n), near.shape[1]), near.ravel(), reach
    )
    prices = spread * rng.standard_normal(n)
    few, most = OneTrees(sparse).bound(prices)[0], best_one_tree(gaps, prices)
    assert few <= most + 1e-9 * (1 + abs(most))
    expected = least_one_tree(gaps, prices)
    assert OneTrees(complete).bound(prices)[0] == pytest.approx(expected, abs=1e-8)


def least_one_tree(gaps: np.ndarray, prices: np.ndarray) -> float:
    """Return w(π) by Prim's algorithm and the dearest second edge of a leaf, in plain Python."""
    costs, n = gaps + prices[:, None] + prices, len(gaps)
    tree, degree, total = {0}, np.zeros(n, dtype=int), 0.0
    while len(tree) < n:
        a, b = min(
            ((i, j) for i in tree for j in range(n) if j not in tree), key=lambda e: costs[e]
        )
        tree.add(b)
        degree[[a, b]] += 1
        total += costs[a, b]
    seconds = [np.sort(np.delete(costs[leaf], leaf))[1] for leaf in np.flatnonzero(degree == 1)]
    return float(total + max(seconds) - 2 * prices.sum())


def best_one_tree(gaps: np.ndarray, prices: np.ndarray) -> float:
    """Return the longest w(π) of all cities left out: a spanning tree of the others, two edges."""
    costs = gaps + prices[:, None] + prices
    return max(one_tree(costs, city) for city in range(len(costs))) - 2 * float(prices.sum())


def one_tree(costs: np.ndarray, city: int) -> float:
    """Return the length of the 1-tree that leaves a city out, by Prim's algorithm."""
    others = np.delete(np.delete(costs, city, 0), city, 1)
    nearest, total = others[0].copy(), float(np.sort(np.delete(costs[city], city))[:2].sum())
    nearest[0] = np.inf
    reached = np.zeros(len(others), dtype=bool)
    reached[0] = True
    for _ in range(len(others) - 1):
        k = int(np.where(reached, np.inf, nearest).argmin())
        total, reached[k] = total + nearest[k], True
        nearest = np.minimum(nearest, others[k])
    return float(total)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("name", "least"), [("berlin52", 7542), ("kroA100", 20936), ("pr1002", 256000)]
)
def test_published_bounds_are_reached(tsplib: Path, name: str, least: float) -> None:
    """Held and Karp's bound of these is on record: within a few parts in a thousand of it."""
    problem = TSP.load(name, tsplib)
    assert problem.optimum is not None
    assert least <= lower_bound(problem) <= problem.optimum


@pytest.mark.no_cover
@pytest.mark.parametrize("name", ["gr202", "ulysses22", "bayg29", "brg180"])
def test_no_bound_exceeds_an_optimum_on_record(tsplib: Path, name: str) -> None:
    problem = TSP.load(name, tsplib)
    assert problem.optimum is not None
    assert 0.9 * problem.optimum <= lower_bound(problem, steps=300) <= problem.optimum


@pytest.mark.no_cover
@pytest.mark.parametrize("name", ["br17", "ftv33", "ft53", "rbg323"])
def test_asymmetric_bounds(tsplib: Path, name: str) -> None:
    problem = TSP.load(name, tsplib)
    assert problem.optimum is not None
    assert 0.8 * problem.optimum <= lower_bound(problem) <= problem.optimum


def test_random_uniform_cities_come_near_the_known_constant() -> None:
    """Johnson, McGeoch & Rothberg (1996): Held & Karp's bound nears .7080·√(nA)."""
    problem = TSP.load("random-4000-1")
    ratio = lower_bound(problem, steps=150) / (0.7080 * np.sqrt(4000))
    assert 0.98 <= ratio <= 1.02


def test_equal_points_cost_nothing() -> None:
    assert lower_bound(TSP.from_points(np.ones((2000, 2)))) == 0


def test_time_limit_holds_and_the_bound_is_still_one() -> None:
    problem = TSP.load("random-3000-2")
    assert 0 < lower_bound(problem, time_limit=0) < 0.7124 * np.sqrt(3000) * 1.1


def test_prices_only_help() -> None:
    distances = TSP.load("random-300-4").distances
    assert (
        climb(distances, 200, np.inf) > OneTrees(neighbourhood(distances)).bound(np.zeros(300))[0]
    )


def test_results_carry_the_bound_on_request() -> None:
    problem = TSP.load("random-40-3")
    without, result = minimize(problem, "greedy"), minimize(problem, "greedy", bound=True)
    assert without.bound is None
    assert without.gap_bound is None
    assert "bound" not in without.to_dict()
    assert result.bound is not None
    assert result.gap_bound is not None
    assert result.gap_bound == pytest.approx(result.fun / result.bound - 1)
    assert result.to_dict()["gap_bound"] == result.gap_bound >= 0


def test_command_prints_the_bound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "random-20", "--method", "greedy", "--bound", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert 0 < answer["bound"] <= answer["cost"]
    assert main(["solve", "random-20", "--method", "greedy", "--bound"]) == 0
    assert "the gap is at most" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "named"),
    [({"steps": 0}, "steps"), ({"steps": True}, "steps"), ({"time_limit": -1.0}, "time_limit")],
)
def test_bad_arguments_are_named(options: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named} must be"):
        lower_bound(TSP.load("random-9"), **options)  # type: ignore[arg-type]
