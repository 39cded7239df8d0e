"""Blocks of units that agree, and the generations that a population breeds through them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from hopopt import Monitor
from hopopt.core.ising import IsingEnergy
from hopopt.core.lagrangian import Array
from hopopt.fast.arranged import DenseCouplings, SparseCouplings
from hopopt.fast.couplings import Couplings
from hopopt.search.annealer import Annealer
from hopopt.search.crossover import Crossover
from hopopt.search.joining import blocks
from hopopt.search.presolving import presolve
from hopopt.search.reheating import Population

SEEDS = st.integers(0, 2**32 - 1)


def torus(side: int, seed: int) -> IsingEnergy:
    rng, units = np.random.default_rng(seed), np.arange(side**2).reshape(side, side)
    ends = np.tile(units.ravel(), 2), np.append(np.roll(units, 1, 0), np.roll(units, 1, 1))
    return IsingEnergy.from_edges(side**2, ends, rng.choice([-1.0, 1.0], 2 * side**2))


def population(network: Couplings, replicas: int, sweeps: int = 60) -> Population:
    rng = np.random.default_rng(0)
    crossover = Crossover(network.J, network.h, rng)
    return Population(Annealer(network, rng), crossover, replicas, 1, sweeps, Monitor(record=False))


@given(SEEDS, st.integers(1, 30), st.integers(1, 4))
def test_blocks_hold_the_states_and_their_energies(seed: int, n: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    J: Array = np.triu(rng.choice([-1.0, 0, 0, 0, 2], (n, n)), 1)
    energy = IsingEnergy(sparse.csr_array(J + J.T), rng.integers(-1, 2, n))
    states = rng.choice([-1.0, 1.0], (n, count))
    joined = blocks(energy.J, energy.h, states)
    assert (abs(joined.members).sum(axis=1) == 1).all()
    own = np.sign(joined.members.T @ states)
    assert np.array_equal(joined.members @ own, states)
    t = rng.choice([-1.0, 1.0], (6, joined.energy.size))
    rise = energy.value(t @ joined.members.T) - joined.energy.value(t)
    assert rise == pytest.approx(np.full(6, rise[0]))


@given(SEEDS)
def test_replicas_are_lifted_as_each_alone(seed: int) -> None:
    core = presolve(torus(4, seed))
    s = np.random.default_rng(seed).choice([-1.0, 1.0], (core.energy.size, 5))
    lifted = core.lift(s)
    assert lifted.shape == (16, 5)
    for k in range(5):
        assert np.array_equal(lifted[:, k], core.lift(s[:, k]))


def test_generations_never_make_a_replica_worse() -> None:
    energy = torus(24, 1)
    network = SparseCouplings(energy)
    found = population(network, 16)
    start = network.values(found.replicas)
    before, low = start, found.values.min()
    while found.breed():
        after = network.values(found.replicas)
        assert np.all(after <= before + 1e-3)
        before = after
    assert found.generations > 1
    assert before.mean() < start.mean() - 1
    assert found.values.min() <= low


def test_dense_and_single_replicas_do_not_breed() -> None:
    J = np.random.default_rng(0).normal(size=(20, 20))
    assert not population(DenseCouplings(IsingEnergy(J + J.T)), 4).breed()
    assert not population(SparseCouplings(torus(6, 0)), 1).breed()
