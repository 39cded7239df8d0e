"""Laws 4 and 5: E never rises; flips are exact, and discrete updates descend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases import (
    DOMAINS,
    Domain,
    Floats,
    Rng,
    bounded,
    dense_energy,
    domains,
    energies,
    few,
    lipschitz,
    seeds,
    symmetric,
    tsp_network,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hopopt import (
    Clip,
    Diagonal,
    Energy,
    Flow,
    Inertial,
    Memory,
    Monitor,
    Network,
    Quadratic,
    Sigmoid,
    Softmax,
    Tanh,
    Trace,
    Updates,
)
from hopopt.core.flow import SOLVERS

pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize("kind", ["sigmoid", "softmax", "sinkhorn"])
@pytest.mark.parametrize("solver", SOLVERS)
@settings(max_examples=2)
@given(rng=seeds, T=st.sampled_from([0.1, 0.4]), leak=st.sampled_from([0.0, 1.0]))
def test_energy_never_rises_along_any_scipy_solver(
    solver: str, kind: str, rng: Rng, T: float, leak: float
) -> None:
    network = tsp_network(kind, rng, T, leak)
    monitor = Monitor()
    flow = Flow(solver, rtol=1e-6, atol=1e-9, duration=5.0)
    flow.run(network, rng.normal(scale=0.3, size=network.shape), monitor)
    trace = Trace.of(monitor.rows)
    assert len(trace) > 3
    assert trace.energy[-1] < trace.energy[0]
    assert trace.rise() <= 1e-5


MATRICES = 10


def rises(case: Domain, Q: Floats, rng: Rng, share: float, leak: float, replicas: int) -> Floats:
    """How far E rises in one step of `share` times the bound, from random states, over |E|."""
    T = float(rng.uniform(0.1, 1.5))
    tau = float(rng.uniform(0.5, 2))
    H = Quadratic(Q, rng.normal(size=case.shape), shape=case.shape)
    network = Network(H, case.lagrangian, T=T, tau=tau, leak=leak)
    u = case.state(rng, replicas, spread=float(rng.uniform(0.1, 3)))
    before = network.evaluate(u, gap=False)
    h = share * network.step_bound()
    after = network.lyapunov(u + h * (before.field - leak * u) / tau)
    return (after - before.energy) / (1 + np.abs(before.energy))


@pytest.mark.parametrize("kind", ["positive", "indefinite", "negative"])
@lipschitz
def test_energy_never_rises_in_50_000_steps_at_99_hundredths_of_the_bound(
    case: Domain, kind: str
) -> None:
    """50,000 steps of every Lagrangian; of each that scales matrices, 30,000 (they are slow)."""
    rng, size = np.random.default_rng(4), int(np.prod(case.shape))
    replicas = 1_000 if case.lagrangian.blocks == "whole" else 1_700
    for k in range(MATRICES):
        leak = 0.0 if k % 4 == 0 else float(rng.uniform(0.1, 2))
        if leak == 0 and not case.lagrangian.bounded and kind != "positive":
            leak = 1.0
        worst = rises(case, symmetric(rng, size, kind), rng, 0.99, leak, replicas).max()
        assert worst <= 1e-9


@pytest.mark.parametrize("case", [DOMAINS["tanh"], DOMAINS["softmax"]], ids=["tanh", "softmax"])
def test_bound_is_no_idle_one(case: Domain) -> None:
    """Steps of a few times the bound do raise E from somewhere."""
    rng, size = np.random.default_rng(5), int(np.prod(case.shape))
    risen = [
        rises(case, symmetric(rng, size, "positive"), rng, 3.0, 1.0, 500).max() for _ in range(20)
    ]
    assert max(risen) > 1e-3


@domains
@few
@given(rng=seeds)
def test_constants_that_differ_inside_a_block_are_refused(case: Domain, rng: Rng) -> None:
    H = Diagonal(case.shape, 1.0)
    constants = rng.uniform(0.5, 2, size=case.shape)
    if case.lagrangian.blocks == "unit":
        Network(H, case.lagrangian, tau=constants, leak=constants)
        return
    for name in ("tau", "leak"):
        with pytest.raises(ValueError, match=f"{name} must be constant inside each block"):
            Network(H, case.lagrangian, **{name: constants})


def test_constants_may_differ_from_group_to_group() -> None:
    case, rng = DOMAINS["softmax"], np.random.default_rng(6)
    groups = rng.uniform(0.5, 2, size=(2, 1))
    H = Quadratic(symmetric(rng, 8), rng.normal(size=(2, 4)), shape=(2, 4))
    network = Network(H, case.lagrangian, T=0.2, tau=groups, leak=groups[::-1])
    monitor = Monitor()
    Flow("RK45", rtol=1e-6, atol=1e-9).run(network, case.state(rng), monitor)
    assert Trace.of(monitor.rows).rise() <= 1e-5


@energies
@pytest.mark.parametrize("units", [Tanh(), Sigmoid(), Clip()], ids=repr)
def test_inertia_descends_but_for_a_share_that_vanishes_with_the_step(
    make: Callable[[Rng], Energy], units: Any
) -> None:
    rng = np.random.default_rng(7)
    network = Network(make(rng), units, T=0)
    if isinstance(units, Clip):
        held = rng.random(network.shape) < 0.3
        network = network.clamp(held, rng.choice([-1.0, 1.0], network.shape))
    u = rng.uniform(-0.05, 0.05, size=(3, *network.shape))
    for step in (1.0, 0.1):
        motion, monitor = Inertial(round(12 / step), step), Monitor()
        motion.run(network, u, monitor)
        assert Trace.of(monitor.rows).rise() <= motion.slack


# Law 5: flips are exact; discrete updates descend


@energies
@few
@given(rng=seeds)
def test_flip_is_exact(make: Callable[[Rng], Energy], rng: Rng) -> None:
    H = make(rng)
    v, delta = rng.choice([-1.0, 1.0], size=(2, *H.shape))
    change = H.flip(v, delta)
    for unit in np.ndindex(*H.shape):
        moved = v.copy()
        moved[unit] += delta[unit]
        assert_allclose(change[unit], H.value(moved) - H.value(v), atol=1e-9)


@pytest.mark.parametrize("units", [Tanh(), Sigmoid(), Clip()], ids=repr)
@pytest.mark.parametrize("order", ["random", "fixed"])
@few
@given(rng=seeds)
def test_sequential_updates_never_raise_the_energy(units: Any, order: Any, rng: Rng) -> None:
    for make in (dense_energy, _modern):
        network, monitor = Network(make(rng), units, T=0), Monitor()
        rest = Updates(order).run(network, rng.normal(size=(8,)), monitor)
        assert Trace.of(monitor.rows).rise() <= 1e-12
        v, _ = network.output(rest.u)
        other = network.lagrangian.opposite(v)
        assert np.all(network.energy.flip(v, other - v) >= -1e-9)


def _modern(rng: Rng) -> Energy:
    return Memory(rng.choice([-1.0, 1.0], size=(3, 8)), Softmax(), T=2.0)


@bounded
@few
@given(rng=seeds)
def test_parallel_updates_never_raise_a_concave_energy(case: Domain, rng: Rng) -> None:
    Q = symmetric(rng, int(np.prod(case.shape)), "negative")
    H = Quadratic(Q, rng.normal(size=case.shape), shape=case.shape)
    for T in (0.0, 0.5):
        network, monitor = Network(H, case.lagrangian, T=T), Monitor()
        Updates("parallel", max_sweeps=200).run(network, case.state(rng), monitor)
        assert Trace.of(monitor.rows).rise() <= 1e-8
