from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopopt import Status, minimize
from problems import MaxCut
from problems.spins.toroidal import Torus, bound, torus

SEEDS = st.integers(0, 2**32 - 1)
SIDES = st.integers(3, 6)


def grid(rows: int, columns: int, seed: int, largest: int = 1) -> MaxCut:
    """Return a torus with whole weights of either sign, its edges in random order."""
    rng = np.random.default_rng(seed)
    G = nx.grid_2d_graph(rows, columns, periodic=True)
    number = {node: k for k, node in enumerate(sorted(G))}
    edges = rng.permutation([(number[u], number[v]) for u, v in G.edges])
    weights = rng.integers(1, largest + 1, len(edges)) * rng.choice([-1, 1], len(edges))
    return MaxCut(len(number), (edges[:, 0], edges[:, 1]), weights)


def shape(problem: MaxCut) -> Torus:
    found = torus(problem.energy)
    assert found is not None
    return found


@given(rows=SIDES, columns=SIDES, seed=SEEDS)
def test_broken_bonds_know_their_spins(rows: int, columns: int, seed: int) -> None:
    problem = grid(rows, columns, seed, largest=5)
    found = shape(problem)
    assert sorted((rows, columns)) == sorted(found.right.shape)
    faces = found.faces()
    assert np.array_equal(np.bincount(faces.ravel()), np.full(2 * problem.size, 2))
    s = np.random.default_rng(seed).choice([-1.0, 1.0], problem.size)
    table = s.reshape(found.right.shape)
    across = found.right * table * np.roll(table, -1, 1)
    below = found.down * table * np.roll(table, -1, 0)
    products = np.concatenate([across.ravel(), below.ravel()])
    assert products.sum() + problem.energy.constant == pytest.approx(problem.energy.value(s))
    broken = products > 0
    assert np.array_equal(broken[faces].sum(1) % 2 == 1, found.frustrated())
    again = found.spins(broken)
    assert np.array_equal(again * again[0], s * s[0])


def test_what_is_no_torus_is_not_taken_for_one() -> None:
    for G in (nx.grid_2d_graph(4, 4), nx.random_regular_graph(4, 16, seed=1), nx.cycle_graph(9)):
        assert torus(MaxCut.from_graph(G).energy) is None
    tube = nx.cartesian_product(nx.cycle_graph(4), nx.path_graph(5))
    assert torus(MaxCut.from_graph(tube).energy) is None
    assert MaxCut.from_graph(tube).bound() is None


@pytest.mark.parametrize("largest", [1, 7])
@pytest.mark.parametrize("seed", range(4))
def test_matching_bounds_every_cut(seed: int, largest: int) -> None:
    pytest.importorskip("pymatching")
    problem = grid(3, 5, seed, largest)
    spins = 1.0 - 2 * (np.arange(2**15)[:, None] >> np.arange(15) & 1)
    best = -float(problem.energy.value(spins).min())
    most = problem.bound()
    assert most is not None
    assert best <= most
    result = minimize(problem, "toroidal-matching", rng=seed, time_limit=0.3, bound=True)
    assert result.fun <= best
    assert result.bound == most
    assert result.gap_bound is not None
    assert result.gap_bound >= 0
    assert not result.pure


def test_matching_proves_an_optimum() -> None:
    pytest.importorskip("pymatching")
    problem = grid(30, 30, 0)
    even = MaxCut(900, problem.edges, np.abs(problem.weights))
    result = minimize(even, "toroidal-matching", rng=0, time_limit=5, bound=True)
    assert (result.fun, result.bound, result.gap_bound) == (1800, 1800, 0)


def test_refusals() -> None:
    pytest.importorskip("pymatching")
    with pytest.raises(ValueError, match="square grids on a torus"):
        minimize(MaxCut.load("regular-20"), "toroidal-matching", rng=0)
    rough = grid(3, 3, 0)
    odd = MaxCut(9, rough.edges, rough.weights * np.linspace(1, np.pi, 18))
    assert bound(odd.energy) is None


def test_matching_keeps_its_best_when_it_is_stopped() -> None:
    pytest.importorskip("pymatching")

    def stop(_: object) -> None:
        raise StopIteration

    problem = grid(3, 5, 1)
    result = minimize(problem, "toroidal-matching", rng=0, time_limit=60, callback=stop)
    assert result.success
    assert result.status == Status.STOPPED
    assert result.fun == problem.cost(result.x)
