from __future__ import annotations

from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopopt.core.ising import IsingEnergy
from hopopt.core.lagrangian import Array
from hopopt.search.presolving import best_response, presolve
from problems import MaxCut


def corners(n: int) -> Array:
    return np.array(list(product((-1.0, 1.0), repeat=n))).reshape(2**n, n)


def drawn(rng: np.random.Generator, most: int) -> IsingEnergy:
    """Return a sparse random energy, integer or real, with or without fields."""
    n = int(rng.integers(1, most))
    i, j = rng.integers(n, size=(2, int(rng.integers(0, 2 * n + 1))))
    whole = bool(rng.integers(2))
    w = rng.choice([-2.0, -1.0, 1.0, 3.0], i.size) if whole else rng.normal(size=i.size)
    h = np.where(rng.random(n) < 0.3, rng.integers(-2, 3, n), 0) if rng.integers(2) else None
    return IsingEnergy.from_edges(n, (i, j), w, h, float(rng.integers(-3, 4)))


@given(st.integers(0, 2**32 - 1))
def test_minimum_is_kept_and_every_lift_has_its_energy(seed: int) -> None:
    energy = drawn(np.random.default_rng(seed), 9)
    reduced = presolve(energy)
    s = corners(reduced.energy.size)
    values = reduced.energy.value(s)
    lifted = np.array([energy.value(reduced.lift(x)) for x in s])
    assert np.allclose(values, lifted, atol=1e-9)
    assert values.min() == pytest.approx(energy.value(corners(energy.size)).min(), abs=1e-9)


def test_cut_of_many_graphs_is_that_of_their_reduction() -> None:
    rng = np.random.default_rng(0)
    shrunk = 0
    for _ in range(200):
        edges = rng.integers(30, size=(2, int(rng.integers(20, 60))))
        problem = MaxCut(30, (edges[0], edges[1]))
        reduced = presolve(problem.energy)
        s = rng.choice([-1.0, 1.0], reduced.energy.size)
        cut = problem.cost(problem.decode(reduced.lift(s)))
        assert -float(reduced.energy.value(s)) == pytest.approx(cut, abs=1e-9)
        shrunk += reduced.energy.size < 30
    assert shrunk > 180


@pytest.mark.parametrize(
    "G",
    [
        nx.path_graph(50),
        nx.cycle_graph(51),
        nx.balanced_tree(3, 4),
        nx.ladder_graph(20),
        nx.empty_graph(4),
        nx.complete_graph(4),
    ],
)
def test_easy_graphs_vanish(G: nx.Graph[int]) -> None:
    problem = MaxCut.from_graph(G)
    reduced = presolve(problem.energy)
    assert reduced.energy.size == 0
    cut = problem.cost(problem.decode(reduced.lift(np.zeros(0))))
    assert cut == -float(reduced.energy.constant)


def test_hard_core_stays() -> None:
    problem = MaxCut.from_graph(nx.random_regular_graph(6, 40, seed=0))
    reduced = presolve(problem.energy)
    assert reduced.energy is problem.energy
    assert reduced.removals == []


@given(st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_best_response_is_the_value_of_a_spin(k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=k)
    h = 0.0 if k == 3 else float(rng.normal())
    constant, fields, couplings = best_response(h, weights.tolist())
    for s in corners(k):
        pairs = [s[a] * s[b] for a in range(k) for b in range(a + 1, k)]
        value = constant + np.dot(fields, s) + np.dot(couplings, pairs)
        assert value == pytest.approx(abs(h + weights @ s))


def test_components_are_found() -> None:
    G = nx.disjoint_union(nx.complete_graph(6), nx.complete_graph(8))
    parts = presolve(MaxCut.from_graph(G).energy).components()
    assert [len(part) for part in parts] == [8, 6]
