"""Law 10 of energies of any order: sweep for sweep the numbers of the core, compiled or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from replay import Replay

from hopopt import (
    Clauses,
    Cooling,
    Monitor,
    Multilinear,
    Network,
    Polynomial,
    Updates,
    anneal,
)
from hopopt.fast import Replicas, SingleInertial, Terms, installed, made_ready, term_loops
from hopopt.fast.replicas import Pool

N = 12
SEEDS = st.integers(0, 2**32 - 1)
fast = pytest.mark.skipif(not installed(), reason="numba is not installed")
both = pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=fast)])


def energy(seed: int, kind: str) -> Multilinear:
    """Of orders 1 to 4, some units in no product; weights that are sums of powers of 2."""
    rng = np.random.default_rng(seed)
    keys = [rng.permutation(N - 1)[: rng.integers(1, 5)].tolist() for _ in range(25)]
    weights = rng.integers(-8, 9, 25) / 4
    if kind == "polynomial":
        terms = {tuple(key): float(w) for key, w in zip(keys, weights, strict=True)}
        return Polynomial(terms, N)
    signs = rng.choice([-1, 1], (25, 4))
    clauses = [
        [(i + 1) * s for i, s in zip(k, q, strict=False)]
        for k, q in zip(keys, signs.tolist(), strict=True)
    ]
    return Clauses(clauses, weights, N)


kinds = pytest.mark.parametrize("kind", ["polynomial", "clauses"])


@both
@kinds
@pytest.mark.parametrize("units", ["clip", "sign"])
def test_a_cooling_is_the_cores(units: Any, kind: str, compiled: bool) -> None:
    """Every stage from where the replicas are: `Updates` unit by unit, with the same noise."""
    ready = made_ready(energy(1, kind), units, compiled)
    network = Network(ready.energy, ready.domain, T=1.0, noise=np.array([0.5, 1.0, 1.5]))
    T = np.array([0.3, 0.2, 0.1, 0.05]) * (units == "clip")
    cooling = Cooling(network, T, np.array([1.0, 0.6, 0.3, 0.1]))
    motion = Replicas(couplings=ready, noise=np.random.default_rng(7))
    pool = Pool(ready, np.random.default_rng(7))
    start = np.random.default_rng(8).choice([-0.5, 0.5], (3, N)).astype(np.float32)
    u, warm = cooling.stage(0).state(start), None
    rows = pool.rows(3)
    for k in range(len(cooling)):
        stage = cooling.stage(k)
        z = rows[pool.picks(1)[0]].T
        before = None if warm is None else warm.T.copy()
        reference = Updates("fixed", noise=Replay(z), max_sweeps=1)
        at = u if before is None else stage.state(before)
        expected = reference.run(stage, at, Monitor(record=False), before)
        v = expected.warm if expected.warm is not None else stage.output(expected.u)[0]
        rest = motion.cool(Cooling(stage, stage.T * np.ones(1), np.ones(1)), u, Monitor(), warm)
        u, warm = rest.u, rest.warm
        assert warm is not None
        assert_allclose(warm.T, v, atol=2e-5)


@fast
@kinds
@pytest.mark.parametrize("units", ["clip", "sign"])
def test_compiled_loops_give_numpys_numbers(units: Any, kind: str) -> None:
    rng, states = np.random.default_rng(2), []
    pool = rng.uniform(-1, 1, (50, 5)).astype(np.float32)
    picks = rng.integers(50, size=(6, N), dtype=np.uint32)
    start = rng.choice([-0.5, 0.5], (N, 5)).astype(np.float32)
    for compiled in (False, True):
        ready = Terms(energy(3, kind), units, term_loops(compiled, N))
        state = start.copy()
        ready.sweep(state, pool, picks, np.linspace(1, 0.1, 6), np.linspace(0.5, 0.1, 6))
        states.append(state)
    assert_array_equal(*states)


@kinds
@settings(max_examples=10)
@given(seed=SEEDS)
def test_at_zero_temperature_it_is_the_discrete_network(kind: str, seed: int) -> None:
    """The same spins in the same sweeps and flips, replica by replica, in visiting order."""
    ready = made_ready(energy(seed, kind), compiled=False)
    cold = Network(ready.energy, ready.domain, T=0.0)
    start = np.random.default_rng(seed).choice(np.array([-1, 1], dtype=np.float32), (3, N))
    rest = Replicas(couplings=ready).run(cold, start, Monitor())
    singly = [Updates("fixed").run(cold, s, Monitor(record=False)) for s in start.astype(float)]
    assert_array_equal(rest.u, [cold.output(one.u)[0] for one in singly])
    assert (rest.nit, rest.nfev) == (max(o.nit for o in singly), sum(o.nfev for o in singly))


@kinds
def test_values_and_forces_are_the_energys(kind: str) -> None:
    H = energy(4, kind)
    ready = made_ready(H, compiled=False)
    s = np.random.default_rng(5).choice(np.array([-1, 1], dtype=np.float32), (N, 6))
    out = ready.outside(s).T
    assert_allclose(ready.values(s) * ready.scale, H.value(out), atol=1e-9)
    forces = np.empty((6, N))
    forces[:, ready.order] = ready.forces(s.T) * ready.scale
    assert_allclose(forces, -H.gradient(out), atol=1e-5)
    network, u = Network(ready.energy, ready.domain, T=0.0), 0.1 * s.T
    rest = anneal([network], SingleInertial(5, couplings=ready), u)
    assert rest.u.dtype == np.float32


def test_energies_without_terms_are_ready_too() -> None:
    ready = made_ready(Polynomial({(): 2.0}, 3), compiled=False)
    assert (ready.scale, len(ready.rows)) == (1.0, 1)
    s = np.ones((3, 2), dtype=np.float32)
    assert ready.descend(s) == (1, 0)
    assert ready.values(s).tolist() == [2.0, 2.0]
