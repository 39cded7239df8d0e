from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from cases import Floats, Rng, seeds, symmetric
from hypothesis import given, settings
from numpy.testing import assert_allclose

from hopopt import (
    Diagonal,
    Energy,
    Kronecker,
    Monitor,
    Network,
    Quadratic,
    Sigmoid,
    Sinkhorn,
    Softmax,
    Status,
    Tanh,
    Trace,
    Updates,
    anneal,
)
from hopopt.core.sweeping import block_sums

few = settings(max_examples=6)


def corners(n: int, low: float = -1.0) -> Floats:
    return np.array(list(product([low, 1.0], repeat=n)))


def dense(rng: Rng, n: int = 6) -> Quadratic:
    return Quadratic(symmetric(rng, n), rng.normal(size=n))


# T = 0, unit by unit


@few
@given(rng=seeds)
def test_rest_is_one_flip_stable_and_every_stable_corner_rests(rng: Rng) -> None:
    energy = dense(rng)
    network = Network(energy, Tanh(), T=0)
    v = corners(6)
    stable = np.all(energy.flip(v, -2 * v) > 1e-9, axis=-1)
    rest = Updates().run(network, network.state(v), Monitor())
    final, _ = network.output(rest.u)
    assert rest.status is Status.CONVERGED
    assert np.all(energy.flip(final, -2 * final) >= -1e-9)
    assert_allclose(final[stable], v[stable])
    assert np.all(energy.value(final) <= energy.value(v) + 1e-9)


def test_self_coupling_is_judged_by_the_flip_and_not_by_the_field() -> None:
    """With T_ii < 0 the field would flip this unit forever; the flip costs nothing, so it stays."""
    network = Network(Quadratic([[2.0]]), Tanh(), T=0)
    rest = Updates(max_sweeps=5).run(network, np.array([1.0]), Monitor())
    assert (rest.status, rest.nit, rest.nfev) == (Status.CONVERGED, 1, 0)
    assert network.output(rest.u)[0] == 1


def test_ties_keep_their_state() -> None:
    network = Network(Diagonal((3,)), Sigmoid(), T=0)
    rest = Updates().run(network, np.array([1.0, -1.0, 1.0]), Monitor())
    assert_allclose(network.output(rest.u)[0], [1, 0, 1])
    assert rest.nfev == 0


def test_clamped_units_never_flip() -> None:
    rng = np.random.default_rng(0)
    network = Network(dense(rng), Tanh(), T=0).clamp(np.arange(6) < 2, np.ones(6))
    rest = Updates().run(network, -np.ones(6), Monitor())
    v, _ = network.output(rest.u)
    assert_allclose(v[:2], 1)
    delta = np.where(np.arange(6) < 2, 0, -2 * v)
    assert np.all(network.energy.flip(v, delta) >= -1e-9)
    noisy = Updates(noise=rng, max_sweeps=20).run(network.at(T=2.0), -np.ones(6), Monitor())
    assert_allclose(network.output(noisy.u)[0][:2], 1)


def test_replicas_flip_as_if_alone() -> None:
    rng = np.random.default_rng(1)
    network = Network(dense(rng), Tanh(), T=0)
    u = rng.normal(size=(2, 3, 6))
    together, _ = network.output(Updates("fixed").run(network, u, Monitor()).u)
    for replica in np.ndindex(2, 3):
        alone, _ = network.output(Updates("fixed").run(network, u[replica], Monitor()).u)
        assert_allclose(together[replica], alone)


def test_order_is_reproducible_and_random() -> None:
    rng = np.random.default_rng(2)
    network, u = Network(dense(rng, 12), Tanh(), T=0), rng.normal(size=(50, 12))
    rests = [
        network.output(Updates(rng=generator).run(network, u, Monitor()).u)[0]
        for generator in (None, None, np.random.default_rng(0), np.random.default_rng(9))
    ]
    assert_allclose(rests[0], rests[1])
    assert_allclose(rests[0], rests[2])
    assert np.any(rests[0] != rests[3])


# Parallel updates


@few
@given(rng=seeds)
def test_parallel_updates_end_in_cycles_of_two_at_most(rng: Rng) -> None:
    """Goles: −v(t)ᵀTv(t−1) − iᵀ(v(t) + v(t−1)) is a Lyapunov function of the parallel network."""
    energy = dense(rng)
    network = Network(energy, Tanh(), T=0)
    Q, c = np.asarray(energy.Q), energy.c
    v = network.lagrangian.vertex(rng.normal(size=6))
    values = []
    for _ in range(20):
        new = network.lagrangian.vertex(-energy.gradient(v))
        values.append(new @ Q @ v + c @ (new + v))
        v = new
    assert np.all(np.diff(values) <= 1e-9)
    rest = Updates("parallel").run(network, network.state(rng.normal(size=6)), Monitor())
    assert rest.status in (Status.CONVERGED, Status.CYCLE)


def test_a_cycle_of_two_is_found() -> None:
    network = Network(Quadratic([[0.0, 1.0], [1.0, 0.0]]), Tanh(), T=0)
    rest = Updates("parallel").run(network, np.array([1.0, 1.0]), Monitor())
    assert rest.status is Status.CYCLE
    assert "one unit at a time" in rest.status.advice
    serial = Updates("fixed").run(network, np.array([1.0, 1.0]), Monitor())
    assert serial.status is Status.CONVERGED
    assert_allclose(network.output(serial.u)[0], [-1, 1])
    assert not Updates("parallel").descends
    assert Updates().descends


@few
@given(rng=seeds)
def test_parallel_updates_of_positive_semidefinite_weights_reach_fixed_points(rng: Rng) -> None:
    network = Network(Quadratic(-symmetric(rng, 8, "positive"), rng.normal(size=8)), Tanh(), T=0)
    rest = Updates("parallel").run(network, rng.normal(size=(16, 8)), Monitor())
    assert rest.status is Status.CONVERGED


# Groups and wholes


def potts(rng: Rng, T: float) -> Network:
    W = symmetric(rng, 12)
    for k in range(4):
        W[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] = 0
    return Network(Quadratic(W, shape=(4, 3)), Softmax(axis=1), T=T)


@few
@given(rng=seeds)
def test_potts_groups_descend_group_by_group(rng: Rng) -> None:
    network, monitor = potts(rng, 0.0), Monitor()
    rest = Updates().run(network, rng.normal(size=(4, 3)), monitor)
    assert rest.status is Status.CONVERGED
    v, _ = network.output(rest.u)
    assert_allclose(v, network.lagrangian.vertex(-network.energy.gradient(v)))
    assert Trace.of(monitor.rows).rise() <= 1e-12


@pytest.mark.parametrize("order", ["random", "fixed", "parallel"])
def test_whole_polytopes_move_at_once(order: Any) -> None:
    rng = np.random.default_rng(3)
    energy = Kronecker(-symmetric(rng, 4, "positive"), symmetric(rng, 4, "positive"))
    network = Network(energy, Sinkhorn(), T=0)
    rest = Updates(order).run(network, rng.normal(size=(4, 4)), Monitor())
    assert rest.status is Status.CONVERGED
    v, _ = network.output(rest.u)
    best = network.lagrangian.vertex(-network.energy.gradient(v))
    gain = np.sum((best - v) * -network.energy.gradient(v))
    assert abs(gain) <= 1e-9


@pytest.mark.no_cover
@pytest.mark.parametrize("order", ["random", "fixed", "parallel"])
@few
@given(rng=seeds)
def test_mean_field_equations_are_solved(order: Any, rng: Rng) -> None:
    for critical in (potts(rng, 1.0), Network(dense(rng), Tanh(), leak=0.8)):
        network = critical.at(T=1.5 * critical.critical_temperature() + 0.1)
        u = rng.normal(size=(2, *network.shape))
        rest = Updates(order, damping=0.3).run(network, u, Monitor())
        assert rest.status is Status.CONVERGED
        v, _ = network.output(rest.u)
        mapped, _ = network.output(-network.energy.gradient(v) / network.leak)
        assert_allclose(v, mapped, atol=1e-8)


def test_sequential_mean_field_claims_no_descent() -> None:
    rng = np.random.default_rng(4)
    network = Network(Quadratic(symmetric(rng, 6, "positive") * 5), Tanh(), T=0.1)
    stages = [network, network.at(T=0.0)]
    rest = anneal(stages, Updates("fixed", max_sweeps=30), rng.normal(size=6))
    assert rest.status is Status.CONVERGED


def test_sweeps_run_out() -> None:
    rng = np.random.default_rng(5)
    network = Network(dense(rng, 40), Tanh(), T=0)
    rest = Updates(max_sweeps=1).run(network, rng.normal(size=(20, 40)), Monitor())
    assert rest.status is Status.MAX_STEPS
    slow = Updates("parallel", max_sweeps=2, damping=0.1)
    assert slow.run(network.at(T=1.0), np.ones(40), Monitor()).status is Status.MAX_STEPS


# Noise: the exact Boltzmann distribution


def frequencies(
    network: Network, low: float, order: Any = "random", replicas: int = 4000
) -> Floats:
    """How often each corner is visited at the end of many independent runs."""
    n = network.shape[0]
    u = np.zeros((replicas, n))
    updates = Updates(order, noise=np.random.default_rng(6), max_sweeps=30)
    v, _ = network.at(T=0.0).output(updates.run(network, u, Monitor()).u)
    code = ((v > (low + 1) / 2) @ (2 ** np.arange(n)[::-1])).astype(int)
    return np.bincount(code, minlength=2**n) / replicas


@pytest.mark.parametrize(("units", "low", "share"), [(Tanh(), -1.0, 1.0), (Sigmoid(), 0.0, 0.5)])
@pytest.mark.parametrize("leak", [1.0, 2.0])
def test_glauber_dynamics_samples_the_boltzmann_distribution(
    units: Any, low: float, share: float, leak: float
) -> None:
    """At temperature g·T for Tanh and g·T/2 for Sigmoid, self-coupling and all."""
    energy = dense(np.random.default_rng(7), 4)
    T = 1.1
    network = Network(energy, units, T=T, leak=leak)
    weights = np.exp(-energy.value(corners(4, low)) / (share * leak * T))
    exact = weights / weights.sum()
    seen = frequencies(network, low)
    error = np.sqrt(exact * (1 - exact) / 4000)
    assert np.all(np.abs(seen - exact) <= 5 * error + 1e-3)


def test_noise_and_leak_free_units_share_a_temperature() -> None:
    energy = dense(np.random.default_rng(8), 3)
    network = Network(energy, Tanh(), T=0.9, leak=0.0)
    weights = np.exp(-energy.value(corners(3)) / 0.9)
    assert_allclose(frequencies(network, -1.0), weights / weights.sum(), atol=0.04)


def test_gumbel_noise_samples_potts_groups() -> None:
    energy = Diagonal((2, 3), 0.0, np.random.default_rng(9).normal(size=(2, 3)))
    network = Network(energy, Softmax(axis=1), T=0.7)
    updates = Updates(noise=np.random.default_rng(10), max_sweeps=3)
    rest = updates.run(network, np.zeros((5000, 2, 3)), Monitor())
    mean = network.at(T=0.0).output(rest.u)[0].mean(0)
    assert_allclose(mean, network.output(-energy.c)[0], atol=0.03)
    assert rest.status is Status.CONVERGED
    assert not updates.descends


def test_noise_at_zero_temperature_is_none() -> None:
    rng = np.random.default_rng(11)
    network, u = Network(dense(rng), Tanh(), T=0), rng.normal(size=6)
    quiet = Updates("fixed").run(network, u, Monitor())
    noisy = Updates("fixed", noise=rng).run(network, u, Monitor())
    assert_allclose(quiet.u, noisy.u)


def test_noise_per_replica() -> None:
    rng = np.random.default_rng(12)
    network = Network(dense(rng), Tanh(), T=np.array([1e-6, 50.0]))
    u = np.repeat(rng.normal(size=(1, 6)), 2, axis=0)
    v, _ = network.at(T=0.0).output(
        Updates("fixed", noise=rng, max_sweeps=20).run(network, u, Monitor()).u
    )
    assert np.all(network.energy.flip(v[0], -2 * v[0]) >= -1e-3)


# Bad input


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"order": "serial"}, ValueError, "order must be one of"),
        ({"order": np.array([None, 1])}, ValueError, "order must be one of"),
        ({"damping": 0.0}, ValueError, r"damping must lie in \(0, 1\]; got 0.0"),
        ({"damping": 1.5}, ValueError, r"damping must lie in \(0, 1\]; got 1.5"),
        ({"damping": np.nan}, ValueError, "damping must be a finite number"),
        ({"max_sweeps": 0}, ValueError, "max_sweeps must be a positive integer; got 0"),
        ({"tol": -1.0}, ValueError, "tol must be nonnegative"),
        ({"noise": 0.5}, TypeError, "noise must be a numpy Generator or None; got 0.5"),
        ({"rng": 7}, TypeError, "rng must be a numpy Generator or None; got 7"),
    ],
)
def test_updates_out_of_range(options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        Updates(**options)


def test_iterated_map_needs_a_leak() -> None:
    network = Network(dense(np.random.default_rng(0)), Tanh(), leak=0.0)
    with pytest.raises(ValueError, match="leak must be positive for the iterated map"):
        Updates().run(network, np.zeros(6), Monitor())


def test_sums_over_blocks() -> None:
    labels = np.array([[0, 1], [0, 1]])
    values = np.arange(8.0).reshape(2, 2, 2)
    assert_allclose(block_sums(values, labels)[1], [[10, 12], [10, 12]])


def test_flips_of_any_energy() -> None:
    class Cubic(Energy):
        """H = Σ v_i·v_{i+1}·v_{i+2}, around a ring: no quadratic."""

        shape = (5,)

        def value(self, v: Floats) -> Floats:
            return np.asarray(np.sum(v * np.roll(v, 1, -1) * np.roll(v, 2, -1), axis=-1))

        def gradient(self, v: Floats) -> Floats:
            raise NotImplementedError

        hessp = gradient  # type: ignore[assignment]

        def flip(self, v: Floats, delta: Floats) -> Floats:
            moved = v[..., None, :] + np.eye(5) * delta[..., None, :]
            return self.value(moved) - self.value(v)[..., None]

    network = Network(Cubic(), Tanh(), T=0)
    v, _ = network.output(Updates().run(network, corners(5), Monitor()).u)
    assert np.all(network.energy.flip(v, -2 * v) >= 0)
