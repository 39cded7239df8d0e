"""Laws of edge assembly crossover: what is taken over, what stays, and what it gains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopopt import minimize
from problems import TSP
from problems.tours.linkern.arrays import Split, Tours
from problems.tours.linkern.assembly import assemble, settle
from problems.tours.linkern.cycles import cycles
from problems.tours.linkern.engine import Engine, Settings
from problems.tours.linkern.layout import Layout
from problems.tours.linkern.population import Population
from problems.tours.linkern.schedule import Plan

seeds = st.integers(0, 2**32 - 1)
SHAPES = ["points", "symmetric", "directed", "path", "fixed"]


def problem(seed: int, n: int, shape: str) -> TSP:
    rng = np.random.default_rng(seed)
    points, matrix = rng.integers(0, 1000, (n, 2)), rng.integers(1, 1000, (n, n))
    if shape in ("symmetric", "directed"):
        return TSP.from_matrix(matrix + matrix.T if shape == "symmetric" else matrix)
    fixed = [(1, 3), (3, 4)] if shape == "fixed" else []
    return TSP.from_points(points, "EUC_2D", cycle=shape != "path", fixed=fixed)


def population(seed: int, n: int, shape: str, tours: int, fast: bool = False) -> Population:
    rng = np.random.default_rng(seed)
    search = Engine(Layout(problem(seed, n, shape).distances), rng, Settings(fast=fast))
    search.refine(10)
    return Population(search, rng, Plan(tours, 3))


def edges(order: Any) -> set[frozenset[int]]:
    order = np.asarray(order)
    return set(map(frozenset, np.stack([order, np.roll(order, -1)], axis=1).tolist()))


def pair(seed: int, n: int, shape: str = "points") -> tuple[Population, Tours, Split]:
    """Return two random tours of one search."""
    crossed, rng = population(seed, n, shape, 0), np.random.default_rng(seed)
    orders = [rng.permutation(crossed.engine.layout.n) for _ in range(2)]
    places = np.concatenate([np.argsort(order) for order in orders])
    tours = Tours(np.concatenate(orders).tolist(), places.tolist(), [0.0, 0.0])
    return crossed, tours, crossed.split()._replace(tolerance=-np.inf)  # takes whatever it costs


@given(seed=seeds, n=st.integers(8, 60))
@settings(max_examples=25)
def test_edges_that_differ_fall_into_cycles_of_one_and_the_other_in_turn(seed: int, n: int) -> None:
    _, tours, split = pair(seed, n)
    one, other = edges(tours.orders[:n]), edges(tours.orders[n:])
    found: list[set[frozenset[int]]] = [set(), set()]
    for j in range(cycles(tours, 0, 1, split, [seed])):
        nodes = split.cycle[split.start[j] : split.start[j + 1]]
        assert len(nodes) % 2 == 0
        for k, v in enumerate(nodes):
            edge = frozenset((v, nodes[(k + 1) % len(nodes)]))
            assert edge not in found[k % 2]
            found[k % 2].add(edge)
    assert found == [one - other, other - one]


@given(seed=seeds, n=st.integers(20, 60))
@settings(max_examples=25)
def test_what_a_tour_takes_over_leaves_it_one_and_is_worth_what_is_said(seed: int, n: int) -> None:
    crossed, tours, split = pair(seed, n)
    before = crossed.engine.measure(np.array(tours.orders[:n]))
    children = 0
    for j in range(cycles(tours, 0, 1, split, [seed])):
        taken = split.cycle[split.start[j] : split.start[j + 1]]
        gain, m = assemble(crossed.engine.nodes, tours, 0, j, split)
        if m == 0:
            continue
        settle(tours, 0, m, split)
        order, children = np.array(tours.orders[:n]), children + 1
        assert sorted(order.tolist()) == list(range(n))
        assert tours.places[:n] == np.argsort(order).tolist()
        assert crossed.engine.measure(order) == pytest.approx(before - gain)
        if 2 * m == len(taken):
            assert {frozenset(taken[k : k + 2]) for k in range(1, len(taken) - 1, 2)} <= edges(
                order
            )
        before = crossed.engine.measure(order)
    assert children > 0


@given(seed=seeds, shape=st.sampled_from(SHAPES), n=st.integers(8, 30))
@settings(max_examples=15)
def test_crossed_tours_stay_tours_and_none_is_longer(seed: int, shape: str, n: int) -> None:
    crossed = population(seed, n, shape, 5)
    engine = crossed.engine
    assert len(list(crossed.grow())) == len(crossed.orders) - 1 == 5
    links, best = {frozenset(link) for link in engine.layout.links.tolist()}, min(crossed.lengths)
    for length, order in crossed.mix():
        assert sorted(order.tolist()) == list(range(engine.layout.n))
        assert engine.measure(order) == pytest.approx(length)
        assert length <= best + engine.plan.tolerance
        assert links <= edges(order)
        best = length


def test_two_thirds_of_the_time_are_for_making_tours_and_the_shortest_is_kept() -> None:
    crossed, clock = population(1, 40, "points", 100), iter(range(20, -1000, -2))
    before = crossed.engine.length
    works = list(crossed.search(lambda: float(next(clock))))
    made = [work for work in works if work > 0]
    assert len(made) == len(crossed.orders) - 1 < 10 < 100
    assert crossed.engine.length <= min(before, *crossed.lengths)
    assert crossed.engine.measure(crossed.engine.order) == pytest.approx(crossed.engine.length)


@pytest.mark.parametrize("shape", SHAPES)
def test_compiled_and_interpreted_tours_are_crossed_alike(shape: str) -> None:
    pytest.importorskip("numba", reason="numba, the extra 'fast', is not installed")
    found = []
    for fast in (False, True):
        crossed = population(3, 60, shape, 8, fast)
        list(crossed.grow())
        found.append((crossed.lengths, list(crossed.mix())[-1]))
    assert found[0][0] == found[1][0]
    assert found[0][1][0] == found[1][1][0]
    assert found[0][1][1].tolist() == found[1][1][1].tolist()


def test_the_same_tours_and_kicks_are_the_same_run() -> None:
    instance = problem(1, 60, "points")
    runs = [minimize(instance, "k-opt", rng=2, tours=6, kicks=20, compiled=False) for _ in range(2)]
    assert runs[0].x == runs[1].x
    kicked = minimize(instance, "k-opt", rng=2, kicks=0, compiled=False)
    crossed = minimize(instance, "k-opt", rng=2, kicks=0, tours=6, compiled=False)
    assert crossed.fun <= kicked.fun
