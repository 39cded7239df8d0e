from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import DOMAINS, Domain, Floats, Rng, seeds, symmetric
from hypothesis import given, settings
from numpy.testing import assert_allclose

from hopopt import (
    Diagonal,
    Face,
    Flow,
    Identity,
    Kronecker,
    Memory,
    Monitor,
    Network,
    Quadratic,
    Sigmoid,
    Sinkhorn,
    Softmax,
    Tanh,
)
from problems.tours.encoders import length

PAIR = Quadratic([[0.0, -1.0], [-1.0, 0.0]])
few = settings(max_examples=5)


def network_of(case: Domain, rng: Rng, **constants: Any) -> Network:
    H = Quadratic(
        symmetric(rng, int(np.prod(case.shape))), rng.normal(size=case.shape), shape=case.shape
    )
    return Network(H, case.lagrangian, **constants)


@pytest.mark.parametrize("case", DOMAINS.values(), ids=DOMAINS)
@few
@given(rng=seeds)
def test_energy_is_that_of_the_definition_and_the_velocity_its_descent(
    case: Domain, rng: Rng
) -> None:
    T, tau, leak = rng.uniform(0.3, 2, size=3)
    network = network_of(case, rng, T=T, tau=tau, leak=leak)
    u = T * case.state(rng)
    v, _ = network.output(u)
    rest = np.sum(u * v) - network.lagrangian.value(u, T)
    assert_allclose(network.lyapunov(u), network.energy.value(v) + leak * rest, atol=1e-9)
    r = -leak * u - network.energy.gradient(v)
    assert_allclose(network.velocity(u), r / tau)
    way = r / np.abs(r).max()
    h = 1e-5
    rate = (network.lyapunov(u + h * way) - network.lyapunov(u - h * way)) / (2 * h)
    assert_allclose(rate, -np.sum(r * network.lagrangian.jvp(v, way, T)), 1e-5, 1e-5)
    state = network.evaluate(u)
    assert_allclose(state.energy, network.lyapunov(u))
    assert_allclose(state.field, -network.energy.gradient(v))
    assert np.isnan(network.evaluate(u, gap=False).gap)


@pytest.mark.parametrize("case", DOMAINS.values(), ids=DOMAINS)
@few
@given(rng=seeds)
def test_gap_is_the_largest_gain_over_the_domain(case: Domain, rng: Rng) -> None:
    leak = float(rng.choice([0.0, 0.7]))
    if not case.lagrangian.bounded:
        leak = 0.7
    network, T = network_of(case, rng, T=0.8, leak=leak), 0.8
    u = case.state(rng)
    state, units = network.evaluate(u), network.lagrangian
    others, _ = units.gradient(case.state(rng, 200, spread=4), T)
    gains = np.sum((others - state.v) * state.field, axis=tuple(range(1, others.ndim)))
    gains = gains + leak * (units.conjugate(state.v, T) - units.conjugate(others, T))
    assert state.gap >= -1e-12
    assert np.all(gains <= state.gap + 1e-9)


def test_gap_of_leak_free_linear_units_is_half_the_squared_slope() -> None:
    network = Network(PAIR, Identity(), leak=0.0)
    assert_allclose(network.gap(np.array([1.0, 2.0])), 2.5)
    mixed = Network(PAIR, Tanh(), T=0.5, leak=np.array([0.0, 1.0]))
    assert network.gap(np.zeros(2)) == 0
    assert mixed.gap(np.array([0.2, -0.1])) > 0


@pytest.mark.parametrize("case", DOMAINS.values(), ids=DOMAINS)
@few
@given(rng=seeds)
def test_jacobian_is_the_derivative_of_the_velocity(case: Domain, rng: Rng) -> None:
    network = network_of(case, rng, T=0.8, tau=1.5, leak=0.6)
    u, w = case.state(rng), rng.normal(size=case.shape)
    u = np.where(np.abs(np.abs(u / 0.8) - 1) < 0.05, 0.9 * u, u)
    h = 1e-6
    moved = (network.velocity(u + h * w) - network.velocity(u - h * w)) / (2 * h)
    assert_allclose((network.jacobian(u) @ w.ravel()).reshape(w.shape), moved, atol=1e-6)


def test_jacobian_comes_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    network = network_of(DOMAINS["sinkhorn"], rng)
    u = DOMAINS["sinkhorn"].state(rng)
    whole = network.jacobian(u)
    monkeypatch.setattr("hopopt.core.network.JACOBIAN_CHUNK", 50)
    assert_allclose(network.jacobian(u), whole)


# The critical temperature: where u = 0 loses stability


def dense_critical(network: Network) -> float:
    """By the definition: the least T at which the Jacobian at u = 0 is stable, by bisection."""
    low, high = 1e-9, 1e3
    for _ in range(100):
        T = np.sqrt(low * high)
        rate = np.linalg.eigvals(network.at(T=T).jacobian(np.zeros(network.shape))).real.max()
        low, high = (T, high) if rate > 0 else (low, T)
    return float(high)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "name", ["identity", "tanh", "sigmoid", "softmax", "sinkhorn", "grouped sums", "face of tanh"]
)
@few
@given(rng=seeds)
def test_critical_temperature_is_where_the_jacobian_turns(name: str, rng: Rng) -> None:
    network = network_of(DOMAINS[name], rng, leak=1.3)
    assert_allclose(network.critical_temperature(), dense_critical(network), rtol=1e-6, atol=1e-8)


def test_critical_temperature_of_theory() -> None:
    """λ_max(PTP)/(n·g), P the projector on the constraints' tangent space; large and small n."""
    rng = np.random.default_rng(1)
    for n in (4, 12):
        A, B = symmetric(rng, n), symmetric(rng, n)
        P = np.eye(n) - 1 / n
        expected = np.linalg.eigvalsh(-np.kron(P @ A @ P, P @ B @ P)).max() / (2.0 * n)
        network = Network(Kronecker(A, B), Sinkhorn(), leak=2.0)
        assert_allclose(network.critical_temperature(), expected, rtol=1e-4)
    W = symmetric(rng, 100)
    tanh = Network(Quadratic(-W), Tanh(), leak=0.5)
    assert_allclose(tanh.critical_temperature(), np.linalg.eigvalsh(W)[-1] / 0.5, rtol=1e-4)
    sigmoid = Network(Quadratic(-W), Sigmoid())
    assert_allclose(sigmoid.critical_temperature(), np.linalg.eigvalsh(W)[-1] / 2, rtol=1e-4)
    potts = Network(Quadratic(-W, shape=(25, 4)), Softmax(axis=1))
    centre = np.kron(np.eye(25), np.eye(4) - 1 / 4)
    expected = np.linalg.eigvalsh(centre @ W @ centre)[-1] / 4
    assert_allclose(potts.critical_temperature(), expected, rtol=1e-4)


def test_critical_temperature_is_zero_where_no_mode_grows() -> None:
    square = np.array([[0, 0], [0, 1], [1, 1], [1, 0]], dtype=float)
    distances = np.linalg.norm(square[:, None] - square, axis=-1)
    assert Network(length(distances), Sinkhorn()).critical_temperature() == 0
    assert Network(Quadratic(np.eye(3)), Tanh()).critical_temperature() == 0
    assert Network(Diagonal((100,), 0.0), Tanh()).critical_temperature() == 0
    assert Network(Quadratic(np.eye(100)), Tanh()).critical_temperature() == 0
    with pytest.raises(ValueError, match="without leak there is no critical temperature"):
        Network(PAIR, Tanh(), leak=0.0).critical_temperature()


def test_below_the_critical_temperature_zero_is_left_above_it_is_found() -> None:
    W = symmetric(np.random.default_rng(2), 6)
    network = Network(Quadratic(-W), Tanh())
    Tc, start = network.critical_temperature(), np.full(6, 0.01)
    flow = Flow(rtol=1e-8, atol=1e-10, tol=1e-12, duration=500)
    for share, low, high in ((1.1, 0, 1e-3), (0.9, 1e-2, 1)):
        rest = flow.run(network.at(T=share * Tc), start, Monitor())
        assert low <= np.abs(network.at(T=share * Tc).output(rest.u)[0]).max() <= high


# The step bound


def test_step_bound_of_theory() -> None:
    Q = Quadratic(np.diag([3.0, -1.0]))
    for tau, g, T in ((1.0, 1.0, 1.0), (2.0, 0.5, 0.1), (1.0, 3.0, 0.5)):
        euler = min(tau / g, 2 * tau / (g + 3 / T))
        network = Network(Q, Tanh(), T=T, tau=tau, leak=g)
        assert_allclose(network.step_bound(), euler)
        exponential = -(tau / g) * np.log1p(-euler * g / tau) if euler < tau / g else np.inf
        assert_allclose(network.step_bound(exponential=True), exponential)
    free = Network(Q, Sigmoid(), T=0.4, tau=1.5, leak=0.0)
    assert_allclose(free.step_bound(), 4 * 0.4 * 1.5 / 3)
    assert_allclose(free.step_bound(exponential=True), free.step_bound())
    concave = Network(Quadratic(-np.eye(2)), Softmax(), tau=2.0)
    assert concave.step_bound() == 2
    assert concave.step_bound(exponential=True) == np.inf
    with pytest.raises(ValueError, match="at T = 0 no step of the flow is safe"):
        concave.at(T=0).step_bound()


def test_step_bound_is_that_of_the_slowest_unit_and_the_coldest_replica() -> None:
    Q = Quadratic(np.diag([3.0, -1.0]))
    units = Network(Q, Tanh(), tau=np.array([1.0, 0.5]), leak=np.array([1.0, 0.0]))
    assert_allclose(units.step_bound(), min(min(1, 2 / 4), 2 * 0.5 / 3))
    replicas = Network(Q, Tanh(), T=np.array([1.0, 0.1]))
    assert_allclose(replicas.step_bound(), 2 / (1 + 30))


# The circuit of 1984


def test_the_circuit_of_1984_in_full() -> None:
    """C_i·du_i/dt = Σ_j T_ij·V_j − u_i/R_i + I_i, with gains, and thresholds θ besides."""
    rng = np.random.default_rng(3)
    weights, C, R = symmetric(rng, 5), rng.uniform(0.5, 2, 5), rng.uniform(0.5, 2, 5)
    i, theta, u0 = rng.normal(size=5), rng.normal(size=5), 0.4
    network = Network(
        Quadratic(-weights), Sigmoid(), T=u0, tau=C, leak=1 / R, external=i, threshold=theta
    )
    u = rng.normal(size=5)
    V = (1 + np.tanh(u / u0)) / 2
    assert_allclose(network.velocity(u), (weights @ V - u / R + i - theta) / C)
    integral = u0 / 2 * (V * np.log(V) + (1 - V) * np.log(1 - V))
    E = -V @ weights @ V / 2 - (i - theta) @ V + np.sum(integral / R)
    assert_allclose(network.lyapunov(u), E)
    assert network.external is None
    assert "Diagonal" in repr(network.energy)


# Clamping


def test_clamped_units_stay_and_the_others_feel_them() -> None:
    network = Network(PAIR, Tanh(), T=0.5).clamp([True, False], [1.0, 0.0])
    rest = Flow().run(network, np.array([-3.0, -3.0]), Monitor())
    v, _ = network.output(rest.u)
    assert v[0] == 1
    assert_allclose(v[1], np.tanh(1 / 0.5), atol=1e-2)
    again = network.clamp([False, True], [0.0, -1.0])
    assert isinstance(again.lagrangian, Face)
    assert_allclose(again.output(rest.u)[0], [1, -1])


def test_clamping_in_every_motionless_part() -> None:
    rng = np.random.default_rng(4)
    V = np.eye(4)[rng.permutation(4)]
    network = Network(Kronecker(symmetric(rng, 4), symmetric(rng, 4)), Sinkhorn(), T=0.3)
    clamped = network.clamp(np.arange(4)[:, None] == 2, V)
    v, _ = clamped.output(rng.normal(size=(4, 4)))
    assert_allclose(v[2], V[2])
    assert_allclose(v.sum(0), 1, atol=1e-9)
    assert_allclose(clamped.at(T=0.0).output(rng.normal(size=(4, 4)))[0][2], V[2])
    with pytest.raises(ValueError, match="share a sum"):
        network.clamp(np.ones((4, 4)), np.ones((4, 4)))


@pytest.mark.parametrize(
    ("mask", "v", "message"),
    [
        ([True, False, True], [1.0, 0.0], "mask must fit the domain's shape"),
        ([True, False], [1.0, 0.0, 0.0], "v must fit the domain's shape"),
        ([True, False], [2.0, 0.0], "must be finite and lie in"),
    ],
)
def test_clamps_that_do_not_fit(mask: Any, v: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Network(PAIR, Tanh()).clamp(mask, v)


# Replicas and bad input


def test_temperatures_may_differ_from_replica_to_replica() -> None:
    T = np.array([0.5, 1.0, 2.0])
    network = Network(PAIR, Tanh(), T=T)
    u = np.full((3, 2), 0.3)
    for k, alone in enumerate(T):
        single = network.at(T=alone)
        for name in ("lyapunov", "gap", "velocity"):
            assert_allclose(getattr(network, name)(u)[k], getattr(single, name)(u[k]))
        assert_allclose(network.state(network.output(u)[0])[k], u[k])


def test_state_at_zero_temperature_is_one_of_the_vertex() -> None:
    network = Network(PAIR, Tanh(), T=0)
    v: Floats = np.array([1.0, -1.0])
    assert_allclose(network.output(network.state(v))[0], v)
    assert network.lyapunov(network.state(v)) == 1


@pytest.mark.parametrize(
    ("constants", "message"),
    [
        ({"T": -1.0}, "T must be finite and nonnegative; got -1.0"),
        ({"T": np.nan}, "T must be finite"),
        ({"T": np.array([0.0, 1.0])}, "T must be positive in all replicas or zero in all"),
        ({"tau": 0.0}, "tau must be finite and positive; got 0.0"),
        ({"tau": np.inf}, "tau must be finite and positive"),
        ({"tau": np.ones(3)}, r"tau must fit the domain's shape \(2,\); got \(3,\)"),
        ({"leak": -0.1}, "leak must be finite and nonnegative"),
        ({"leak": np.ones((2, 3))}, "leak must fit the domain's shape"),
        ({"external": [np.nan, 0]}, "external must be finite"),
        ({"external": [1.0, 2.0, 3.0]}, "external must fit the domain's shape"),
        ({"threshold": [np.inf, 0]}, "threshold must be finite"),
    ],
)
def test_constants_out_of_range(constants: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Network(PAIR, Tanh(), **constants)


def test_domains_that_do_not_fit_the_energy() -> None:
    with pytest.raises(ValueError, match="needs states of 2 axes or more"):
        Network(PAIR, Sinkhorn())
    with pytest.raises(ValueError, match="as many groups"):
        Network(Diagonal((2, 3)), Sinkhorn())
    with pytest.raises(TypeError, match="energy must be an Energy; got"):
        Network(np.eye(2), Tanh())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"energy must have at least one unit; got Quadratic.*0,"):
        Network(Quadratic(np.zeros((0, 0))), Tanh())
    with pytest.raises(TypeError, match="lagrangian must be a Lagrangian, such as"):
        Network(PAIR, Tanh)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="hidden must be a Lagrangian"):
        Memory(np.eye(2), "softmax")  # type: ignore[arg-type]
