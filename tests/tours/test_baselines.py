from __future__ import annotations

from pathlib import Path
from random import Random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopopt import Method, Monitor, Status, minimize
from problems import TSP
from problems.tours import heuristics
from problems.tours.baseline import GRAPH_CITIES, complete_graph
from problems.tours.baselines import BASELINES, Christofides, Greedy, NearestNeighbour
from problems.tours.distances import Distances, MatrixDistances, PointDistances
from problems.tours.exact import held_karp
from problems.tours.heuristics import follow, greedy_edges, two_opt
from problems.tours.local_search import (
    Annealer,
    Reversal,
    SimulatedAnnealing,
    ThresholdAccepting,
    TwoOpt,
)

ANNEALERS = (SimulatedAnnealing, ThresholdAccepting)
SYMMETRIC = (Greedy, Christofides, TwoOpt)
ONE_WAY = (NearestNeighbour, *ANNEALERS)


def random_tsp(n: int, seed: int, symmetric: bool = True) -> TSP:
    matrix = np.random.default_rng(seed).random((n, n))
    return TSP.from_matrix(matrix + matrix.T if symmetric else matrix)


def cities(n: int, seed: int = 0) -> TSP:
    return TSP.from_points(np.random.default_rng(seed).random((n, 2)))


@pytest.mark.parametrize("baseline", BASELINES)
@settings(max_examples=8)
@given(n=st.integers(1, 12), seed=st.integers(0, 99))
def test_every_baseline_returns_a_tour_no_shorter_than_the_shortest(
    baseline: type[Method], n: int, seed: int
) -> None:
    problem = random_tsp(n, seed)
    result = minimize(problem, baseline(), rng=seed)
    assert result.success
    assert result.fun >= held_karp(problem.distances.matrix())[0] * (1 - 1e-12)
    assert not result.pure
    assert result.valid_before_decoding is None
    assert (result.integrator, result.status) == ("none", Status.CONVERGED)


@pytest.mark.parametrize("baseline", ONE_WAY)
@settings(max_examples=8)
@given(n=st.integers(1, 9), seed=st.integers(0, 99))
def test_asymmetric_distances_where_they_are_taken(
    baseline: type[Method], n: int, seed: int
) -> None:
    problem = random_tsp(n, seed, symmetric=False)
    result = minimize(problem, baseline(), rng=seed)
    assert result.success
    assert result.fun >= held_karp(problem.distances.matrix())[0] * (1 - 1e-12)


@pytest.mark.parametrize("baseline", SYMMETRIC)
def test_asymmetric_distances_are_refused_by_the_methods_name(baseline: type[Method]) -> None:
    with pytest.raises(ValueError, match=f"{baseline.name} needs symmetric distances.*asymmetric"):
        minimize(random_tsp(5, 0, symmetric=False), baseline())


@pytest.mark.parametrize("baseline", BASELINES)
def test_the_same_seed_gives_the_same_tours(baseline: type[Method]) -> None:
    problem = cities(25)
    first, again = (minimize(problem, baseline(), rng=3, restarts=3) for _ in range(2))
    assert (first.x, first.funs) == (again.x, again.funs)


@pytest.mark.no_cover
@pytest.mark.parametrize("baseline", [NearestNeighbour, *ANNEALERS, TwoOpt])
def test_restarts_differ(baseline: type[Method]) -> None:
    assert len(set(minimize(cities(30), baseline(), rng=0, restarts=3).funs)) > 1


@pytest.mark.parametrize("baseline", BASELINES)
def test_labels_come_back(baseline: type[Method]) -> None:
    points = np.random.default_rng(0).random((6, 2))
    problem = TSP.from_points(points, labels=list("abcdef"))
    assert sorted(minimize(problem, baseline(), rng=0).x) == list("abcdef")


@pytest.mark.parametrize("baseline", BASELINES)
def test_cities_in_one_place(baseline: type[Method]) -> None:
    assert minimize(TSP.from_points(np.zeros((7, 2))), baseline(), rng=0).fun == 0


def test_nearest_neighbour_goes_to_the_nearest() -> None:
    problem = cities(20)
    order = np.array(minimize(problem, NearestNeighbour(), rng=0).x)
    d = problem.distances.matrix()
    assert any(
        _goes_to_the_nearest(np.roll(tour, -k), d) for tour in (order, order[::-1]) for k in order
    )


def _goes_to_the_nearest(tour: np.ndarray, d: np.ndarray) -> bool:
    return all(
        d[tour[k], tour[k + 1]] == d[tour[k], tour[k + 1 :]].min() for k in range(len(tour) - 1)
    )


@settings(max_examples=15)
@given(n=st.integers(3, 30), seed=st.integers(0, 99))
def test_greedy_takes_the_edges_that_a_union_find_takes(n: int, seed: int) -> None:
    problem = random_tsp(n, seed)
    d = problem.distances.matrix()
    path: nx.Graph[int] = nx.empty_graph(n)
    for a, b in sorted(nx.complete_graph(n).edges, key=lambda edge: d[edge]):
        if path.degree[a] < 2 and path.degree[b] < 2 and not nx.has_path(path, a, b):
            path.add_edge(a, b)
    links = greedy_edges(problem.distances)
    assert {frozenset((a, b)) for a in range(n) for b in links[a]} == set(
        map(frozenset, path.edges)
    )
    assert sorted(follow(links)) == list(range(n))


def test_greedy_ties_are_settled_the_same_way() -> None:
    grid = TSP.from_points([(x, y) for x in range(6) for y in range(6)])
    assert minimize(grid, Greedy(), rng=0).x == minimize(grid, Greedy(), rng=1).x


def test_christofides_keeps_its_bound(tsplib: Path) -> None:
    result = minimize(TSP.load("berlin52", tsplib), Christofides())
    assert result.gap is not None
    assert result.gap <= 0.5


def test_christofides_takes_distances_that_are_no_metric() -> None:
    matrix = np.array([[0, 1, 9, 1], [1, 0, 1, 9], [9, 1, 0, 1], [1, 9, 1, 0]])
    assert minimize(TSP.from_matrix(matrix), Christofides()).success


@settings(max_examples=10)
@given(n=st.integers(4, 25), seed=st.integers(0, 99))
def test_two_opt_stops_where_no_reversal_helps(n: int, seed: int) -> None:
    distances = random_tsp(n, seed).distances
    order, status = two_opt(distances, np.random.default_rng(seed).permutation(n), Monitor())
    length = distances.tour_length(order)
    for i in range(n):
        for j in range(i + 1, n):
            other = order.copy()
            other[i : j + 1] = order[i : j + 1][::-1]
            assert distances.tour_length(other) > length * (1 - 1e-7)
    assert status is Status.CONVERGED


def test_two_opt_uncrosses_a_square() -> None:
    square = PointDistances([[0, 0], [1, 0], [1, 1], [0, 1]])
    assert square.tour_length(two_opt(square, np.array([0, 2, 1, 3]), Monitor())[0]) == 4


def test_two_opt_needs_no_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    distances = cities(30).distances
    order = np.random.default_rng(0).permutation(30)
    with_matrix, _ = two_opt(distances, order, Monitor())
    monkeypatch.setattr(heuristics, "MATRIX_CITIES", 10)
    monkeypatch.setattr(Distances, "matrix", None)
    without, _ = two_opt(distances, order, Monitor())
    assert np.array_equal(with_matrix, without)


def test_two_opt_keeps_its_tour_when_time_is_up() -> None:
    problem = cities(400)
    result = minimize(problem, TwoOpt(), rng=0, time_limit=0)
    assert (result.status, result.success) == (Status.TIME_LIMIT, True)
    assert result.fun > minimize(problem, TwoOpt(), rng=0).fun


def test_two_opt_keeps_its_tour_when_interrupted() -> None:
    class Interrupting(Monitor):
        def step(self, *args: object) -> None:
            raise KeyboardInterrupt

    order, status = two_opt(cities(9).distances, np.arange(9), Interrupting())
    assert (order.tolist(), status) == (list(range(9)), Status.INTERRUPTED)


@pytest.mark.parametrize("annealer", ANNEALERS)
def test_annealing_improves_on_its_start(annealer: type[Annealer], tsplib: Path) -> None:
    problem = TSP.load("berlin52", tsplib)
    for seed in range(3):
        start = minimize(problem, annealer(max_steps=1), rng=seed)
        assert start.status == Status.MAX_STEPS
        assert minimize(problem, annealer(), rng=seed).fun < start.fun


@pytest.mark.no_cover
@pytest.mark.parametrize("annealer", ANNEALERS)
def test_annealing_does_not_depend_on_the_unit_of_length(annealer: type[Annealer]) -> None:
    d = cities(15).distances.matrix()
    lengths = [
        minimize(TSP.from_matrix(d * unit), annealer(), rng=0).fun / unit for unit in (1, 2**12)
    ]
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-9)


@pytest.mark.parametrize("annealer", ANNEALERS)
def test_annealing_ends_when_time_is_up(annealer: type[Annealer]) -> None:
    result = minimize(cities(60), annealer(max_steps=10**9), rng=0, time_limit=0)
    assert (result.status, result.success) == (Status.TIME_LIMIT, True)


def test_a_reversal_leaves_the_current_tour_alone() -> None:
    cycle = [0, 1, 2, 3, 4, 0]
    proposals = [Reversal(1, Monitor())(cycle, Random(seed)) for seed in range(20)]
    assert cycle == [0, 1, 2, 3, 4, 0]
    assert all(p[0] == p[-1] == 0 and sorted(p[1:-1]) == [1, 2, 3, 4] for p in proposals)
    assert all(p != cycle for p in proposals)


def test_networkx_own_moves_never_take_a_rejected_proposal_back() -> None:
    swap = nx.algorithms.approximation.traveling_salesman.swap_two_nodes
    cycle = [0, 1, 2, 3, 0]
    assert swap(cycle, Random(0)) is cycle


@pytest.mark.parametrize("symmetric", [True, False])
def test_the_graph_holds_every_distance(symmetric: bool) -> None:
    distances = random_tsp(6, 0, symmetric).distances
    G = complete_graph(distances)
    assert np.array_equal(nx.to_numpy_array(G, nodelist=range(6)), distances.matrix())


@pytest.mark.parametrize("annealer", ANNEALERS)
@pytest.mark.parametrize(
    ("options", "says"),
    [({"level": -1}, "level"), ({"level": np.nan}, "level"), ({"max_steps": 0}, "max_steps")],
)
def test_bad_options_are_refused(
    annealer: type[Annealer], options: dict[str, float], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        annealer(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("baseline", [b for b in BASELINES if b is not TwoOpt])
def test_too_many_cities_are_refused_before_the_memory_is_taken(baseline: type[Method]) -> None:
    class Many(MatrixDistances):
        def __init__(self) -> None:
            self.n, self.symmetric, self.coordinates = GRAPH_CITIES + 1, True, None

        def ranked(self) -> Many:
            return self

    with pytest.raises(ValueError, match=f"{baseline.name} .* at most 4000 cities; got 4001"):
        minimize(TSP(Many()), baseline())
