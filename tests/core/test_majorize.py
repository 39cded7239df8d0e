from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import BOUNDED, Domain, Rng, seeds, symmetric
from hypothesis import given, settings
from numpy.testing import assert_allclose
from scipy import sparse

from hopopt import (
    Diagonal,
    Identity,
    Kronecker,
    Majorize,
    Memory,
    Monitor,
    Network,
    Penalty,
    Quadratic,
    Softmax,
    Status,
    Tanh,
    Trace,
    Updates,
)

few = settings(max_examples=8)


def elastic_ring(rng: Rng, units: int = 8) -> Network:
    """Durbin & Willshaw's: cities pull on a ring of springs."""
    ring = 2 * np.eye(units) - np.roll(np.eye(units), 1, 0) - np.roll(np.eye(units), -1, 0)
    pull = Memory(
        rng.uniform(size=(5, 2)),
        Softmax(axis=1),
        T=0.05,
        similarity="euclidean",
        axis="units",
        units=units,
    )
    springs = Kronecker(sparse.csr_array(0.3 * ring), None, shape=(units, 2))
    return Network(pull + springs, Identity(), leak=0.0)


@pytest.mark.no_cover
@settings(max_examples=2)
@given(rng=seeds)
def test_elastic_ring_descends(rng: Rng) -> None:
    network, monitor = elastic_ring(rng), Monitor()
    angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    start = 0.5 + 0.1 * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    rest = Majorize(max_steps=1000, tol=1e-7).run(network, start, monitor)
    assert Trace.of(monitor.rows).rise() <= 1e-9
    before, after = (np.abs(network.energy.gradient(u)).max() for u in (start, rest.u))
    assert after <= (1e-5 if rest.status is Status.CONVERGED else 0.05 * before)


def test_elastic_ring_comes_to_rest() -> None:
    network = elastic_ring(np.random.default_rng(0))
    start = np.random.default_rng(1).uniform(size=(8, 2))
    rest = Majorize(max_steps=5000, tol=1e-7).run(network, start, Monitor())
    assert rest.status is Status.CONVERGED
    assert_allclose(network.energy.gradient(rest.u), 0, atol=1e-5)


@pytest.mark.parametrize("case", BOUNDED.values(), ids=BOUNDED)
@few
@given(rng=seeds)
def test_concave_convex_procedure_descends(case: Domain, rng: Rng) -> None:
    Q = symmetric(rng, int(np.prod(case.shape)), "negative")
    energy = Quadratic(Q, rng.normal(size=case.shape), shape=case.shape)
    network, monitor = Network(energy, case.lagrangian, T=0.6, leak=1.2), Monitor()
    rest = Majorize(max_steps=20_000).run(network, case.state(rng), monitor)
    assert rest.status is Status.CONVERGED
    assert Trace.of(monitor.rows).rise() <= 1e-8
    assert network.gap(rest.u) <= 1e-6


def test_a_step_of_a_dense_memory_is_attention() -> None:
    rng = np.random.default_rng(0)
    keys, query, beta = rng.normal(size=(6, 4)), rng.normal(size=4), 3.0
    network = Network(Memory(keys, Softmax(), T=1 / beta), Identity())
    rest = Majorize(max_steps=1).run(network, query, Monitor())
    weights = np.exp(beta * keys @ query)
    assert_allclose(network.output(rest.u)[0], weights @ keys / weights.sum())
    assert rest.status is Status.MAX_STEPS
    euclidean = Memory(keys, Softmax(), T=1 / beta, similarity="euclidean")
    rest = Majorize(max_steps=1).run(Network(euclidean, Identity(), leak=0.0), query, Monitor())
    near = np.exp(-beta * np.sum((keys - query) ** 2, axis=1) / 2)
    assert_allclose(rest.u, near @ keys / near.sum())


def test_cccp_is_the_iterated_map() -> None:
    rng = np.random.default_rng(1)
    network = Network(Quadratic(-symmetric(rng, 5, "positive"), rng.normal(size=5)), Tanh(), T=2.0)
    u = rng.normal(size=5)
    one = Majorize(tol=1e-12).run(network, u, Monitor())
    other = Updates("parallel", tol=1e-13).run(network, u, Monitor())
    assert_allclose(network.output(one.u)[0], network.output(other.u)[0], atol=1e-9)


def test_concave_shift_makes_the_map_descend() -> None:
    """−(μ/2)‖v‖² is constant on vertices: one more Diagonal, and CCCP takes any Quadratic."""
    rng = np.random.default_rng(2)
    Q = symmetric(rng, 6)
    mu = float(np.linalg.eigvalsh(Q)[-1]) + 0.1
    network = Network(Quadratic(Q) + Diagonal((6,), -mu), Tanh(), T=0.3)
    monitor = Monitor()
    Majorize().run(network, rng.normal(size=6), monitor)
    assert Trace.of(monitor.rows).rise() <= 1e-9


def test_linear_units_solve_one_system() -> None:
    rng = np.random.default_rng(3)
    Q, c = symmetric(rng, 5, "positive"), rng.normal(size=(2, 5))
    network = Network(Quadratic(Q, c), Identity(), T=np.array([0.5, 2.0]), leak=0.7)
    rest = Majorize().run(network, rng.normal(size=(2, 5)), Monitor())
    v, _ = network.output(rest.u)
    for k, T in enumerate((0.5, 2.0)):
        assert_allclose(v[k], np.linalg.solve(Q + 0.7 * T * np.eye(5), -c[k]))
    assert rest.nit <= 2


def test_zero_tolerance_takes_all_the_steps() -> None:
    network, monitor = elastic_ring(np.random.default_rng(4)), Monitor()
    rest = Majorize(max_steps=3, tol=0).run(network, np.zeros((8, 2)), monitor)
    assert (rest.status, rest.nit) == (Status.CONVERGED, 3)
    assert len(monitor.rows) == 3


@pytest.mark.parametrize(
    ("network", "error", "message"),
    [
        (Network(Quadratic(np.eye(2)), Tanh()), ValueError, "take Flow or Updates"),
        (Network(Quadratic(-np.eye(2)), Tanh(), leak=0.0), ValueError, "take Flow or Updates"),
        (
            Network(Penalty(np.eye(2), 1.0), Identity(), leak=0.0),
            TypeError,
            "no minimum in closed form",
        ),
        (
            Network(-1.0 * Memory(np.eye(2), Softmax()), Identity()),
            TypeError,
            "no majorizer is known",
        ),
    ],
)
def test_networks_that_majorize_does_not_take(network: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        Majorize().run(network, np.zeros(2), Monitor())


@pytest.mark.parametrize("options", [{"max_steps": 0}, {"tol": -1.0}])
def test_majorize_out_of_range(options: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        Majorize(**options)
