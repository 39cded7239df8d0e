"""The compiled loop decides as the numpy engine does, and keeps account of what it does."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

pytest.importorskip("numba", reason="numba, the extra 'fast', is not installed")

from hopopt import minimize
from problems import TSP
from problems.tours import PointDistances
from problems.tours.candidates import candidates
from problems.tours.kopt import Tour
from problems.tours.kopt import compiled as loop_module
from problems.tours.kopt.loop import Loop, compiled, prepare, tabulated
from problems.tours.kopt.reconnections import reconnections

METRICS = ["euclidean", "EUC_2D", "CEIL_2D", "ATT", "GEO"]


@pytest.fixture(scope="module", autouse=True)
def prepared() -> None:
    prepare()
    assert compiled()


@pytest.mark.parametrize("chains", [2, 3, 4, 5, 6])
def test_decisions_are_those_of_the_memory(chains: int) -> None:
    rng = np.random.default_rng(chains)
    memory = reconnections(chains)
    lengths = rng.integers(0, 9, (100, len(memory.pairs))).astype(float)
    expected = memory.orders[memory.recall(lengths)]
    order = np.empty(chains, np.int64)
    work, part = np.zeros((3, chains + 2), np.int64), np.zeros(chains + 1)
    for row, W in enumerate(memory.weights(lengths)):
        gain = loop_module.decide(W, chains, order, work, part)
        assert order.tolist() == expected[row].tolist()
        assert gain == memory.gain(lengths[[row]], order[None])[0]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("T", [0.0, 50.0])
@pytest.mark.parametrize("polish", [False, True])
def test_loop_accounts_for_every_length(metric: str, T: float, polish: bool) -> None:
    rng = np.random.default_rng(0)
    distances = PointDistances(rng.integers(-90, 90, (60, 2)), metric)
    table = tabulated(distances)
    assert table is not None
    tour = Tour(rng.permutation(60))
    length = distances.tour_length(tour.order)
    loop = Loop(tour, candidates(distances).out, table, rng, polish=polish)
    for _ in range(5):
        length += loop.kick(20, T)
        assert distances.tour_length(tour.order) == pytest.approx(length)
        assert (tour.order[tour.position] == np.arange(60)).all()


def test_loop_keeps_locked_edges() -> None:
    rng = np.random.default_rng(1)
    distances = PointDistances(rng.random((40, 2)))
    tour = Tour(rng.permutation(40))
    table = tabulated(distances)
    assert table is not None
    locked = np.full((40, 2), -1)
    for a, b in zip(tour.order[::4], tour.order[1::4], strict=True):
        locked[a, 0], locked[b, 0] = b, a
    Loop(tour, candidates(distances).out, table, rng, locked=locked).kick(300)
    for city in np.flatnonzero(locked[:, 0] >= 0):
        at = tour.position[city]
        assert locked[city, 0] in (tour.order[at - 1], tour.order[(at + 1) % 40])


def test_small_instances_are_solved_to_optimality() -> None:
    rng = np.random.default_rng(2)
    problem = TSP.from_points(rng.integers(0, 100, (8, 2)), "EUC_2D")
    best = min(
        problem.distances.tour_length(np.array([0, *rest])) for rest in permutations(range(1, 8))
    )
    result = minimize(problem, "k-opt", rng=0, compiled=True)
    assert (result.fun, result.integrator) == (best, "compiled memory")


def test_same_seed_same_tour() -> None:
    problem = TSP.from_points(np.random.default_rng(3).random((30, 2)))
    tours = [minimize(problem, "k-opt", rng=5, compiled=True, patience=5).x for _ in range(2)]
    assert tours[0] == tours[1]
