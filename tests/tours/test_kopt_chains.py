"""The K-chain networks are the core's: same energy, same domain, same rest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopopt import Network, Polytope
from problems.tours.kopt.chains import (
    ONE_OF_EACH,
    ChainLength,
    annealed,
    lengths_of,
    orders_of,
    outputs,
    settled,
)
from problems.tours.kopt.engines import shortest
from problems.tours.kopt.reconnections import reconnections

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(3, 5)


def weights(seed: int, chains: int, count: int = 4) -> tuple[np.random.Generator, np.ndarray]:
    rng = np.random.default_rng(seed)
    memory = reconnections(chains)
    return rng, memory.weights(rng.random((count, len(memory.pairs))))


@given(seed=seeds, chains=sizes)
@settings(max_examples=30)
def test_energy_of_a_vertex_is_the_length(seed: int, chains: int) -> None:
    rng, W = weights(seed, chains)
    orders = reconnections(chains).orders[rng.integers(0, 8, 4)]
    V = outputs(orders)
    assert (orders_of(V) == orders).all()
    np.testing.assert_allclose(ChainLength(W).value(V), lengths_of(W, orders))


@given(seed=seeds, chains=sizes)
@settings(max_examples=30)
def test_gradient_is_the_difference_quotient(seed: int, chains: int) -> None:
    rng, W = weights(seed, chains)
    energy = ChainLength(W)
    v = rng.random((4, *energy.shape))
    for index in np.ndindex(*energy.shape):
        step = np.zeros(energy.shape)
        step[index] = 1e-3
        quotient = (energy.value(v + step) - energy.value(v - step)) / 2e-3
        np.testing.assert_allclose(energy.gradient(v)[(..., *index)], quotient, atol=1e-8)


@given(seed=seeds, chains=sizes)
@settings(max_examples=20)
def test_rest_is_a_minimum_under_turns_and_exchanges_in_the_core(seed: int, chains: int) -> None:
    rng, W = weights(seed, chains)
    start = reconnections(chains).orders[rng.integers(0, len(reconnections(chains).orders), 4)]
    rest, lengths = settled(W, start)
    energy = ChainLength(W)
    assert (lengths <= lengths_of(W, start) + 1e-12).all()
    np.testing.assert_allclose(energy.value(outputs(rest)), lengths)
    for p in range(1, chains):
        turned = rest.copy()
        turned[:, p] ^= 1
        assert (energy.value(outputs(turned)) >= lengths - 1e-6).all()
        for q in range(p + 1, chains):
            for s in range(4):
                other = rest.copy()
                other[:, p], other[:, q] = rest[:, q] ^ (s & 1), rest[:, p] ^ (s >> 1)
                assert (energy.value(outputs(other)) >= lengths - 1e-6).all()


@pytest.mark.parametrize("chains", [3, 5])
def test_a_batch_moves_as_its_lanes_do(chains: int) -> None:
    _, W = weights(7, chains)
    rng = np.random.default_rng(0)
    energy, domain = ChainLength(W), Polytope(ONE_OF_EACH, sweeps=3)
    u = rng.standard_normal((4, *energy.shape))
    together = Network(energy, domain, T=0.3).velocity(u)
    for lane in range(4):
        alone = Network(ChainLength(W[lane]), domain, T=0.3).velocity(u[lane])
        np.testing.assert_allclose(together[lane], alone, atol=1e-12)


@pytest.mark.parametrize("chains", [4, 8])
def test_engines_against_the_exact_optimum(chains: int) -> None:
    rng = np.random.default_rng(chains)
    points = rng.random((12, 2 * chains, 2))
    entry, leaving = points[:, 0::2], points[:, 1::2]
    to = np.stack([entry, leaving], 2).reshape(12, -1, 2)
    out = np.stack([leaving, entry], 2).reshape(12, -1, 2)
    W = np.linalg.norm(out[:, :, None] - to[:, None], axis=-1)
    best = lengths_of(W, shortest(W))
    now = np.tile(np.arange(0, 2 * chains, 2), (12, 1))
    _, rest = settled(W, now)
    _, cooled = settled(W, annealed(W, rng))
    for found in (rest, cooled):
        assert (found >= best - 1e-9).all()
        assert (found <= lengths_of(W, now) + 1e-9).mean() > 0.9
    if chains == 4:
        assert np.isclose(rest, best).any()
        memory = reconnections(4)
        every = np.array([lengths_of(W, np.tile(o, (12, 1))) for o in memory.orders])
        np.testing.assert_allclose(every.min(axis=0), best)
