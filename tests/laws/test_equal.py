"""Laws 6, 9 and 10: what gives the same; law 11 is in `tests/test_architecture.py`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest
from cases import (
    Domain,
    Rng,
    dense_energy,
    few,
    fewer,
    lipschitz,
    seeds,
    tsp_network,
    unique,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hopopt import (
    Diagonal,
    Energy,
    ExponentialEuler,
    Flow,
    Memory,
    Monitor,
    Network,
    Sigmoid,
    Softmax,
    Tanh,
    Updates,
    minimize,
)
from hopopt.core.flow import SOLVERS
from problems import TSP

pytestmark = pytest.mark.no_cover

# Law 6: Flow and Updates share fixed points; the solvers and the fast step settle alike


@lipschitz
@fewer
@given(rng=seeds)
def test_rest_of_the_flow_is_a_fixed_point_of_the_updates(case: Domain, rng: Rng) -> None:
    network = unique(case, rng)
    rest = Flow("DOP853", tol=1e-11, rtol=1e-10, atol=1e-12).run(
        network, case.state(rng), Monitor()
    )
    v, _ = network.output(rest.u)
    mapped = Updates("parallel", max_sweeps=1).run(network, rest.u, Monitor())
    assert_allclose(network.output(mapped.u)[0], v, atol=1e-4)


@lipschitz
@few
@given(rng=seeds, order=st.sampled_from(["random", "fixed", "parallel"]))
def test_fixed_point_of_the_updates_is_a_rest_of_the_flow(
    case: Domain, rng: Rng, order: Any
) -> None:
    network = unique(case, rng)
    rest = Updates(order, damping=0.8).run(network, case.state(rng), Monitor())
    assert network.gap(rest.u) <= 1e-7
    v, _ = network.output(rest.u)
    mapped, _ = network.output(-network.energy.gradient(v))
    assert_allclose(mapped, v, atol=1e-7)
    again = Flow("RK45", tol=1e-5).run(network, rest.u, Monitor())
    assert again.nit == 0


@lipschitz
@settings(max_examples=2)
@given(rng=seeds, solver=st.sampled_from(SOLVERS))
def test_solvers_and_the_fast_step_settle_at_equal_energy(
    case: Domain, rng: Rng, solver: str
) -> None:
    network, u = unique(case, rng), case.state(rng)
    slow = Flow(solver, tol=1e-9, rtol=1e-6, atol=1e-9).run(network, u, Monitor())
    fast = ExponentialEuler(tol=1e-9).run(network, u, Monitor())
    energy = network.lyapunov(fast.u)
    assert_allclose(network.lyapunov(slow.u), energy, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kind", ["sigmoid", "softmax", "sinkhorn"])
def test_solvers_and_the_fast_step_agree_below_the_critical_temperature(kind: str) -> None:
    rng = np.random.default_rng(7)
    network = tsp_network(kind, rng, 1.0, 1.0)
    network = network.at(T=0.2 * network.critical_temperature())
    u = rng.normal(scale=0.3, size=network.shape)
    step = 0.5 * min(1.0, network.step_bound(exponential=True))
    fast = ExponentialEuler(step, tol=1e-8, max_steps=20_000).run(network, u, Monitor())
    energy = network.lyapunov(fast.u)
    for solver in ("LSODA", "RK45"):
        slow = Flow(solver, tol=1e-8, rtol=1e-6, atol=1e-9).run(network, u, Monitor())
        assert_allclose(network.lyapunov(slow.u), energy, rtol=1e-5)


# Law 9: the same seed, the same Result


def plain(result: Any) -> dict[str, Any]:
    kept = result.to_dict()
    for name in ("cpu_seconds", "wall_seconds"):
        del kept[name]
    return kept | {"funs": result.funs, "trace": result.trace.energy.tolist()}


FAST = {
    "ring": {"solver": "majorize", "stages": 12},
    "assignment": {"solver": "exponential-euler", "stages": 20},
}


@pytest.mark.parametrize("method", FAST)
def test_same_seed_gives_the_same_result_whatever_the_workers(method: str) -> None:
    solve = partial(minimize, TSP.load("random-6"), method, restarts=3, **FAST[method])
    here = plain(solve(rng=5))
    with ThreadPoolExecutor(2) as pool:
        for workers in (1, 2, map, pool.map):
            assert plain(solve(rng=5, workers=workers)) == here
    again = plain(solve(rng=np.random.default_rng(8)))
    assert again["seed"] is None
    assert again == plain(solve(rng=np.random.default_rng(8)))


# Law 10: a fast path gives what the reference gives


@pytest.mark.parametrize("units", [Tanh(), Sigmoid()], ids=repr)
@few
@given(rng=seeds, noisy=st.booleans())
def test_sweeps_that_skip_idle_units_are_the_plain_sweeps(
    units: Any, rng: Rng, noisy: bool
) -> None:
    H: Energy = dense_energy(rng)
    T = 0.8 if noisy else 0.0
    if rng.uniform() < 0.5:
        H = 2.0 * H + Diagonal((8,), rng.normal(size=8), rng.normal(size=8))
    network = Network(H, units, T=T)
    u = rng.normal(size=8)
    noise = np.random.default_rng(3) if noisy else None
    rest = Updates("fixed", noise=noise, max_sweeps=5).run(network, u, Monitor())
    z, v = np.random.default_rng(3), network.lagrangian.vertex(u)
    for _ in range(5):
        kick = T * network.lagrangian.noise(z, (8,))
        for i in range(8):
            delta = network.lagrangian.opposite(v) - v
            if kick[i] * delta[i] - H.flip(v, delta)[i] > 1e-12:
                v[i] += delta[i]
    assert_allclose(network.lagrangian.vertex(rest.u), v)


@lipschitz
@few
@given(rng=seeds)
def test_steps_that_nobody_watches_are_the_watched_ones(case: Domain, rng: Rng) -> None:
    network, u = unique(case, rng), case.state(rng)
    seen = ExponentialEuler(0.1, max_steps=7, tol=0).run(network, u, Monitor())
    unseen = ExponentialEuler(0.1, max_steps=7, tol=0).run(network, u, Monitor(record=False))
    assert_allclose(seen.u, unseen.u, atol=1e-12)


@few
@given(rng=seeds)
def test_ring_that_sees_all_units_is_the_full_ring(rng: Rng) -> None:
    patterns, v = rng.normal(size=(7, 2)), rng.normal(size=(4, 2))
    ring = {"similarity": "euclidean", "axis": "units", "units": 4}
    weights, bias = rng.uniform(0.5, 2, size=2), rng.normal(size=7)
    options: dict[str, Any] = {**ring, "T": 0.3, "weights": weights, "bias": bias}
    full = Memory(patterns, Softmax(axis=1), **options)
    near = Memory(patterns, Softmax(axis=1), nearest=9, **options)
    for a, b in zip(full.evaluate(v), near.evaluate(v), strict=True):
        assert_allclose(a, b, atol=1e-9)
    w = rng.normal(size=(4, 2))
    assert_allclose(full.majorizer(v).value(w), near.majorizer(v).value(w), atol=1e-9)
