"""Exchanges on permutations: descent, the Boltzmann distribution, clamped units."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from cases import Floats, Rng, seeds, symmetric
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from hopopt import (
    Diagonal,
    Energy,
    Exchanges,
    Kronecker,
    Memory,
    Monitor,
    Network,
    Polytope,
    Quadratic,
    Scaled,
    Sinkhorn,
    Softmax,
    Status,
    Tanh,
    Trace,
)
from hopopt.core import is_permutation, permutation, permutation_matrix
from hopopt.fast import TableExchanges

N = 4
GRID = Polytope(((1, 2), (0, 2)))
"""Units V[position, chain, orientation]: a permutation of chains, each of them one way round."""


def kronecker(rng: Rng) -> Energy:
    A, B = rng.integers(-4, 9, (2, N, N)).astype(float)
    return Kronecker(A, B, rng.integers(-4, 9, (N, N)).astype(float))


def both_symmetric(rng: Rng) -> Energy:
    A, B = rng.integers(-4, 9, (2, N, N)).astype(float)
    return Kronecker(A + A.T, B + B.T, constant=3.0)


def quadratic(rng: Rng) -> Energy:
    return Quadratic(symmetric(rng, N * N), rng.normal(size=(N, N)), shape=(N, N))


def scaled(rng: Rng) -> Energy:
    return Scaled(rng.uniform(0.5, 2, 3), quadratic(rng)) + Diagonal(
        (N, N), 0.0, rng.normal(size=(N, N))
    )


ENERGIES = [kronecker, both_symmetric, quadratic, scaled]


def permutations(n: int = N) -> Floats:
    """Every permutation matrix."""
    return permutation_matrix(np.array(list(itertools.permutations(range(n)))))


def placed(n: int = N, chains: int = 2) -> Floats:
    """Every vertex of `GRID`."""
    states = []
    for p in itertools.permutations(range(n)):
        for ways in itertools.product(range(chains), repeat=n):
            V = np.zeros((n, n, chains))
            V[np.arange(n), p, ways] = 1
            states.append(V)
    return np.array(states)


def frequencies(found: Floats, states: Floats) -> Floats:
    """How often each state was found, as a share."""
    size = states[0].size
    same = (found.reshape(-1, 1, size) == states.reshape(1, -1, size)).all(-1)
    assert np.all(same.sum(1) == 1)
    return np.asarray(same.mean(0))


def boltzmann(energy: Energy, states: Floats, T: float) -> Floats:
    weights = np.exp(-np.asarray(energy.value(states)) / T)
    return np.asarray(weights / weights.sum())


@pytest.mark.parametrize("make", ENERGIES)
@pytest.mark.parametrize("motion", [Exchanges, TableExchanges])
@pytest.mark.parametrize("order", ["random", "fixed"])
@settings(max_examples=10)
@given(rng=seeds)
def test_descent_ends_where_no_exchange_lowers_the_energy(
    make: Callable[[Rng], Energy], motion: type[Exchanges], order: str, rng: Rng
) -> None:
    network, monitor = Network(make(rng), Sinkhorn(), T=0), Monitor()
    rest = motion(order).run(network, rng.normal(size=(3, N, N)), monitor)  # type: ignore[arg-type]
    assert rest.status is Status.CONVERGED
    assert Trace.of(monitor.rows).rise() <= 1e-12
    v, _ = network.output(rest.u)
    assert all(is_permutation(V) for V in v)
    here = network.energy.value(v)
    for r, s in itertools.combinations(range(N), 2):
        other = v.copy()
        other[:, [r, s]] = v[:, [s, r]]
        assert np.all(network.energy.value(other) >= here - 1e-9)


@given(rng=seeds)
@settings(max_examples=10)
def test_descent_of_an_energy_that_is_not_quadratic(rng: Rng) -> None:
    energy = Memory(permutations(3)[:3].reshape(3, 9), Softmax(), T=0.5, bias=rng.normal(size=3))
    assert not energy.quadratic
    assert energy.shape == (9,)
    grid = Memory(rng.normal(size=(4, 2)), Softmax(axis=1), axis="units", units=2)
    network = Network(grid, Sinkhorn(), T=0)
    monitor = Monitor()
    rest = Exchanges().run(network, rng.normal(size=(2, 2)), monitor)
    v, _ = network.output(rest.u)
    assert float(network.energy.value(v)) == pytest.approx(
        min(network.energy.value(permutations(2)))
    )
    assert Trace.of(monitor.rows).rise() <= 1e-12


@pytest.mark.parametrize("motion", [Exchanges, TableExchanges])
def test_states_follow_the_boltzmann_distribution(motion: type[Exchanges]) -> None:
    rng = np.random.default_rng(5)
    A, B = rng.integers(-4, 9, (2, 3, 3)).astype(float)
    energy, states, T, leak = Kronecker(A, B), permutations(3), 10.0, 2.0
    network = Network(energy, Sinkhorn(), T=T / leak, leak=leak)
    replicas = motion(noise=np.random.default_rng(0), max_sweeps=30)
    rest = replicas.run(network, rng.normal(size=(8_000, 3, 3)), Monitor(record=False))
    want = boltzmann(energy, states, T)
    assert np.ptp(want) > 0.1
    assert_allclose(frequencies(network.lagrangian.vertex(rest.u), states), want, atol=0.02)


def test_units_that_share_a_row_and_a_column_choose_among_all_configurations() -> None:
    rng = np.random.default_rng(6)
    energy = Quadratic(2 * symmetric(rng, 18), shape=(3, 3, 2))
    network = Network(energy, GRID, T=2.0)
    motion = Exchanges(noise=np.random.default_rng(0), max_sweeps=20)
    rest = motion.run(network, rng.normal(size=(4_000, 3, 3, 2)), Monitor(record=False))
    states = placed(3)
    want = boltzmann(energy, states, 2.0)
    assert np.ptp(want) > 0.03
    assert_allclose(frequencies(network.lagrangian.vertex(rest.u), states), want, atol=0.023)
    still = network.at(T=0)
    rest = Exchanges().run(still, rng.normal(size=(5, 3, 3, 2)), Monitor())
    v, _ = still.output(rest.u)
    turned = v[..., ::-1].copy()
    for k in range(3):
        one = v.copy()
        one[:, k] = turned[:, k]
        assert np.all(energy.value(one) >= energy.value(v) - 1e-9)


def test_blocks_of_permutations_and_temperatures_by_replica() -> None:
    rng = np.random.default_rng(7)
    units, energy = Polytope(((2,), (1,)), 3), Quadratic(symmetric(rng, 18), shape=(2, 3, 3))
    pairs = np.array([(a, b) for a in permutations(3) for b in permutations(3)])
    T = np.repeat([0.5, 3.0], 3_000)
    network = Network(energy, units, T=T)
    motion = Exchanges(noise=np.random.default_rng(0), max_sweeps=25)
    rest = motion.run(network, np.zeros((6_000, 2, 3, 3)), Monitor(record=False))
    v = network.lagrangian.vertex(rest.u)
    for t in (0.5, 3.0):
        want = boltzmann(energy, pairs, t)
        assert_allclose(frequencies(v[t == T], pairs), want, atol=0.028)


@pytest.mark.parametrize("T", [0.0, 4.0])
def test_clamped_units_stay_as_they_are(T: float) -> None:
    rng = np.random.default_rng(8)
    energy = kronecker(rng)
    mask, held = np.zeros((N, N), dtype=bool), np.zeros((N, N))
    mask[0, 2] = mask[1, 1] = True
    held[0, 2] = 1
    network = Network(energy, Sinkhorn(), T=T).clamp(mask, held)
    states = np.array([V for V in permutations() if V[0, 2] == 1 and V[1, 1] == 0])
    motion = TableExchanges(noise=np.random.default_rng(0), max_sweeps=30)
    rest = motion.run(network, rng.normal(size=(6_000, N, N)), Monitor(record=False))
    found = frequencies(network.lagrangian.vertex(rest.u), states)
    if T:
        assert_allclose(found, boltzmann(energy, states, T), atol=0.02)
    else:
        assert found[np.argmin(energy.value(states))] > 0


def test_amplitude_of_a_networks_own_noise_stands_in_for_its_temperature() -> None:
    rng = np.random.default_rng(9)
    energy, u = kronecker(rng), rng.normal(size=(5, N, N))
    found = []
    for network in (
        Network(energy, Sinkhorn(), T=3.0),
        Network(energy, Sinkhorn(), T=0, noise=3.0),
    ):
        motion = Exchanges(noise=np.random.default_rng(1), max_sweeps=4)
        found.append(network.lagrangian.vertex(motion.run(network, u, Monitor()).u))
    assert_array_equal(*found)


@given(rng=seeds, n=st.integers(1, 6))
def test_decoding_gives_the_permutation_of_largest_sum(rng: Rng, n: int) -> None:
    V = rng.normal(size=(n, n))
    p = permutation(V)
    sums = (permutations(n) * V).sum((-1, -2))
    assert V[np.arange(n), p].sum() == pytest.approx(sums.max())
    assert permutation(permutation_matrix(p)).tolist() == p.tolist()
    assert is_permutation(permutation_matrix(p))
    assert not is_permutation(np.zeros((n, n)))


def test_bad_input() -> None:
    network = Network(Diagonal((3, 3)), Sinkhorn(), T=1.0)
    with pytest.raises(ValueError, match="noise must be a numpy Generator at T > 0"):
        Exchanges().run(network, np.eye(3), Monitor())
    with pytest.raises(TypeError, match="two families of sums"):
        Exchanges().run(Network(Diagonal((3, 3)), Tanh(), T=0), np.eye(3), Monitor())
    with pytest.raises(TypeError, match="two families of sums"):
        Exchanges().run(Network(Diagonal((3, 3)), Softmax(1), T=0), np.eye(3), Monitor())
    with pytest.raises(ValueError, match="order must be 'random' or 'fixed'"):
        Exchanges("parallel")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="noise must be a numpy Generator"):
        Exchanges(noise=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="pairs must be at least 1"):
        Exchanges(pairs=0)
    with pytest.raises(ValueError, match="max_sweeps"):
        Exchanges(max_sweeps=0)
