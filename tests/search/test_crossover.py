from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from hopopt.core.ising import IsingEnergy
from hopopt.core.lagrangian import Array
from hopopt.fast.arranged import DenseCouplings, SparseCouplings
from hopopt.search.crossover import Crossover, pieces


def setting(seed: int, n: int, fields: bool, replicas: int) -> tuple[SparseCouplings, Array, Array]:
    rng = np.random.default_rng(seed)
    J = np.triu(rng.choice([-1.0, 0, 0, 0, 0, 1], (n, n)), 1)
    network = SparseCouplings(IsingEnergy(sparse.csr_array(J), rng.integers(-1, 2, n) * fields))
    s, elites = (
        rng.choice(np.array([-1, 1], dtype=np.float32), (n, count)) for count in (replicas, 3)
    )
    return network, s, elites


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.booleans())
def test_child_is_never_worse_than_either_parent(seed: int, n: int, fields: bool) -> None:
    network, s, elites = setting(seed, n, fields, 9)
    before, replicas = network.values(elites), network.values(s)
    gains = Crossover(network.J, network.h, np.random.default_rng(seed)).cross(elites, s)
    after = network.values(elites)
    for p in range(3):
        assert after[p] <= min(before[p], replicas[p::3].min()) + 1e-4
        assert before[p] - after[p] == pytest.approx(gains[p::3].sum(), abs=1e-3)


@given(st.integers(0, 2**32 - 1), st.integers(1, 25), st.booleans())
def test_pieces_change_the_energy_by_what_they_say(seed: int, n: int, fields: bool) -> None:
    network, s, elites = setting(seed, n, fields, 2)
    parents = elites[:, :2]
    found = pieces(network.J, s, parents, network.J @ parents + network.h)
    for piece, rise in enumerate(found.rise):
        mine = found.piece == piece
        replica = found.owner[piece]
        assert set(found.replica[mine]) == {replica}
        child = parents[:, [replica]].copy()
        child[found.unit[mine]] *= -1
        change = network.values(child) - network.values(parents[:, [replica]])
        assert change[0] == pytest.approx(rise, abs=1e-4)
    taken = parents.copy()
    taken[found.unit, found.replica] *= -1
    assert np.array_equal(taken, s)


def test_dense_couplings_take_the_better_parent_whole() -> None:
    rng = np.random.default_rng(0)
    J = rng.normal(size=(20, 20))
    network = DenseCouplings(IsingEnergy(J, rng.normal(size=20)))
    s, elites = (rng.choice(np.array([-1, 1], dtype=np.float32), (20, k)) for k in (6, 2))
    best = [min(network.values(elites)[p], network.values(s)[p::2].min()) for p in range(2)]
    Crossover(network.J, network.h, rng).cross(elites, s)
    assert network.values(elites) == pytest.approx(best, abs=1e-4)


def test_opposite_replicas_are_turned_over_component_by_component() -> None:
    J = sparse.csr_array(sparse.block_diag([np.ones((3, 3)) - np.eye(3)] * 2))
    network = SparseCouplings(IsingEnergy(J))
    crossover = Crossover(network.J, network.h, np.random.default_rng(0))
    parent = np.ones((6, 1), dtype=np.float32)
    replica = np.where(crossover.component[:, None] == 0, -1, 1).astype(np.float32)
    assert np.array_equal(crossover.align(replica, parent), parent)


def test_fields_keep_a_component_as_it_is() -> None:
    network = SparseCouplings(IsingEnergy([[0, 1], [1, 0]], [1, 0]))
    crossover = Crossover(network.J, network.h, np.random.default_rng(0))
    replica = -np.ones((2, 1), dtype=np.float32)
    assert np.array_equal(crossover.align(replica, -replica), replica)
