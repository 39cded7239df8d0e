from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import Rng, seeds, symmetric
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hopopt import (
    Clip,
    LineSearch,
    Monitor,
    Network,
    Quadratic,
    Sigmoid,
    Softmax,
    Status,
    Tanh,
    Trace,
)


def network_of(rng: Rng, units: Any, n: int = 5) -> Network:
    return Network(Quadratic(symmetric(rng, n), rng.normal(size=n)), units, leak=0.0)


@settings(max_examples=30)
@given(rng=seeds, units=st.sampled_from([Sigmoid(), Tanh(), Clip()]), T=st.sampled_from([0.1, 1.0]))
def test_line_search_descends_to_a_stable_point(rng: Rng, units: Any, T: float) -> None:
    network, monitor = network_of(rng, units).at(T=T), Monitor()
    rest = LineSearch().run(network, 0.1 * rng.normal(size=5), monitor)
    assert rest.status is Status.CONVERGED
    trace = Trace.of(monitor.rows)
    assert trace.rise() <= 1e-9
    assert np.all(np.diff(trace.time) >= 0)
    v = network.lagrangian.gradient(rest.u, T)[0]
    slope = network.energy.gradient(v)
    low, high = units.low, units.high
    free = (v > low + 1e-6) & (v < high - 1e-6)
    assert_allclose(slope[free], 0, atol=1e-6)
    assert np.all(slope[v <= low + 1e-6] >= -1e-6)
    assert np.all(slope[v >= high - 1e-6] <= 1e-6)


def test_the_step_is_talavan_and_yanezs() -> None:
    """dt = S₁/S₂ where the least of E along v̇ comes before a border."""
    network = Network(Quadratic(np.diag([4.0, 1.0]), [-2.0, -0.45]), Sigmoid(), leak=0.0)
    v = np.array([0.4, 0.4])
    slope = network.energy.gradient(v)
    velocity = -2 * v * (1 - v) * slope
    dt = -(velocity @ slope) / (velocity @ np.diag([4.0, 1.0]) @ velocity)
    rest = LineSearch(max_steps=1).run(network, network.state(v), Monitor())
    assert_allclose(network.output(rest.u)[0], v + dt * velocity)
    assert rest.status is Status.MAX_STEPS


def test_steps_towards_a_border_are_damped_at_first() -> None:
    network = Network(Quadratic(np.zeros((1, 1)), [-1.0]), Tanh(), leak=0.0)
    damped = LineSearch(max_steps=1).run(network, np.zeros(1), Monitor())
    assert_allclose(network.output(damped.u)[0], 0.8)
    full = LineSearch(max_steps=1, warmup=0).run(network, np.zeros(1), Monitor())
    assert_allclose(network.output(full.u)[0], 1)


def test_border_units_that_are_pushed_inwards_are_released() -> None:
    network = Network(Quadratic(np.eye(2), [-0.5, 0.0]), Sigmoid(), leak=0.0)
    rest = LineSearch().run(network, network.state([0.0, 1.0]), Monitor())
    assert_allclose(network.output(rest.u)[0], [0.5, 0.0], atol=1e-6)


def test_clamped_units_do_not_move() -> None:
    network = network_of(np.random.default_rng(0), Sigmoid())
    clamped = network.clamp(np.arange(5) == 2, np.full(5, 0.25))
    rest = LineSearch().run(clamped, np.zeros(5), Monitor())
    assert clamped.output(rest.u)[0][2] == 0.25


def test_replicas_with_temperatures_of_their_own() -> None:
    rng = np.random.default_rng(1)
    network = network_of(rng, Sigmoid()).at(T=np.array([0.2, 1.0, 3.0]))
    u = network.state(np.tile(rng.uniform(0.2, 0.8, size=5), (3, 1)))
    rest = LineSearch().run(network, u, Monitor())
    for k in range(3):
        single = network.at(T=network.T[k])  # type: ignore[index]
        alone = LineSearch().run(single, u[k], Monitor())
        assert_allclose(single.output(rest.u[k])[0], single.output(alone.u)[0], atol=1e-6)


@pytest.mark.parametrize(
    ("units", "constants", "message"),
    [
        (Tanh(), {}, "leak-free two-valued units"),
        (Softmax(), {"leak": 0.0}, "leak-free two-valued units"),
        (Tanh(), {"leak": 0.0, "T": 0.0}, "T must be positive for LineSearch"),
    ],
)
def test_networks_that_line_search_does_not_take(units: Any, constants: Any, message: str) -> None:
    network = Network(Quadratic(np.eye(2)), units, **constants)
    with pytest.raises(ValueError, match=message):
        LineSearch().run(network, np.zeros(2), Monitor())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_steps": 0}, "max_steps must be a positive integer"),
        ({"tol": np.nan}, "tol must be a finite number"),
        ({"warmup": -1}, "warmup must be a nonnegative number of steps; got -1"),
        ({"damping": 0.0}, r"damping must lie in \(0, 1\]; got 0.0"),
        ({"release": 2.0}, r"release must lie in \(0, 1\]; got 2.0"),
    ],
)
def test_searches_out_of_range(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LineSearch(**options)
