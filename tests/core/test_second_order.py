"""The second-order form of the flow: its Lyapunov function, its Jacobian, its limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hopopt import Flow, Inertial, IsingEnergy, Monitor, Network, Sigmoid, Tanh, Trace, anneal
from hopopt.core import Array
from hopopt.core.flow import IMPLICIT_UNITS, SOLVERS
from hopopt.core.second_order import SecondOrder

SEEDS = st.integers(0, 2**32 - 1)
SIZE = 5


def network(seed: int, units: Any = None, n: int = SIZE) -> Network:
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(size=(n, n)), 1)
    return Network(IsingEnergy(J, rng.normal(size=n)), units or Tanh(), T=0.0)


def system(seed: int, friction: float, units: Any = None, mask: Array | None = None) -> SecondOrder:
    rng, circuit = np.random.default_rng(seed), network(seed, units)
    if mask is not None:
        circuit = circuit.clamp(mask, np.ones(SIZE))
    inertia = Inertial(30, hold=(0.0, 1.0), rng=rng)
    return SecondOrder(inertia, circuit, rng.uniform(-0.1, 0.1, SIZE), 20.0, friction)


def anywhere(rng: np.random.Generator) -> Array:
    """Positions between and inside the walls, velocities, stiffnesses."""
    x, y = rng.uniform(-1.4, 1.4, SIZE), rng.normal(size=SIZE)
    return np.concatenate([x, y, rng.uniform(0, 1, SIZE)])


@settings(max_examples=30)
@given(SEEDS, st.sampled_from([0.0, 1.0]), st.sampled_from([Tanh(), Sigmoid()]), st.booleans())
def test_what_stiffness_and_friction_take(
    seed: int, friction: float, units: Any, held: bool
) -> None:
    """dK/dt = ½Σ ṗ·x² − γ·k·Σ d·y²: K falls, and is conserved where there is neither."""
    mask = np.arange(SIZE) < 2 if held else None
    flow, rng = system(seed, friction, units, mask), np.random.default_rng(seed)
    z = anywhere(rng)
    x, y, _ = flow.parts(z)
    y *= flow.masses.free
    speed, h = flow.velocity(3.0, z), 1e-6
    change = (flow.energy(z + h * speed) - flow.energy(z - h * speed)) / (2 * h)
    depth = np.maximum(np.abs(x) - 1, 0)
    fading = np.sum(speed[2 * SIZE :] * x * x) / 2
    taken = friction * flow.wall * np.sum(depth * y * y)
    assert_allclose(change * flow.masses.c, fading - taken, rtol=1e-4, atol=1e-4)
    assert fading <= 0 <= taken


@settings(max_examples=20)
@given(SEEDS, st.sampled_from([Tanh(), Sigmoid()]), st.booleans())
def test_jacobian_is_the_derivative(seed: int, units: Any, held: bool) -> None:
    flow = system(seed, 1.0, units, np.arange(SIZE) < 2 if held else None)
    z, h = anywhere(np.random.default_rng(seed)), 1e-6
    steps = h * np.eye(3 * SIZE)
    columns = [(flow.velocity(2.0, z + e) - flow.velocity(2.0, z - e)) / (2 * h) for e in steps]
    assert_allclose(flow.jacobian(2.0, z), np.transpose(columns), atol=1e-4)


@pytest.mark.parametrize("units", [Tanh(), Sigmoid()], ids=repr)
def test_inertial_steps_tend_to_it_between_the_walls(units: Any) -> None:
    """For half the step, half the difference."""
    circuit, half = network(3, units, 8), (units.high - units.low) / 2
    u = half * np.random.default_rng(4).uniform(-0.1, 0.1, (2, 8))

    def ends(step: float) -> Inertial:
        return Inertial(round(2 / step), step, pull=(0.1, 0.2), rng=np.random.default_rng(5))

    exact = Flow("DOP853", inertia=ends(1e-3), rtol=1e-8, atol=1e-10)
    limit = exact.run(circuit, u, Monitor()).u
    assert np.abs(limit).max() < half
    errors = [
        np.abs(ends(step).run(circuit, u, Monitor(record=False)).u - limit).max()
        for step in (0.05, 0.025, 0.0125)
    ]
    assert_allclose(np.divide(errors[:-1], errors[1:]), 2, rtol=0.05)


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_descends_to_the_walls(solver: str) -> None:
    circuit, lead = network(6, n=4), (() if solver in ("Radau", "BDF") else (2,))
    u = np.random.default_rng(7).uniform(-0.1, 0.1, (*lead, 4))
    flow, monitor = Flow(solver, inertia=Inertial(15, pull=(1.0, 1.0)), rtol=1e-3), Monitor()
    rest = anneal([circuit], flow, u, monitor=monitor)
    trace = Trace.of(monitor.rows)
    assert rest.status.name == "CONVERGED"
    assert trace.rise() <= flow.slack
    assert trace.energy[-1] < trace.energy[0]
    assert np.all(np.abs(rest.u) > 0.5)
    assert rest.nfev > rest.nit == len(trace) - 1 > 0
    assert trace.time[-1] == 15


def test_bad_options_are_refused() -> None:
    for inertia in ("yes", Inertial(discrete=True)):
        with pytest.raises(ValueError, match="inertia must be an Inertial that is not discrete"):
            Flow(inertia=inertia)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="wall must be a positive number; got 0"):
        Flow(wall=0)
    with pytest.raises(ValueError, match="friction must be a nonnegative number; got -1"):
        Flow(friction=-1)
    many = Network(IsingEnergy(np.zeros((IMPLICIT_UNITS // 3 + 1,) * 2)), Tanh(), T=0.0)
    with pytest.raises(ValueError, match="solver BDF would build a dense Jacobian of 3003×3003"):
        Flow("BDF", inertia=Inertial()).run(many, np.zeros(many.shape), Monitor())
    with pytest.raises(ValueError, match=r"Inertial needs bounded units .* at T = 0; got"):
        Flow("RK45", inertia=Inertial()).run(network(0).at(T=1.0), np.zeros(SIZE), Monitor())
