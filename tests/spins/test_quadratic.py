"""The engine: lanes against the reference core, descent, reheats, and the methods on an energy."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from hopopt import Clip, Monitor, Network, Tanh, Updates, minimize
from hopopt.core.ising import IsingEnergy
from hopopt.core.lagrangian import Array
from hopopt.fast.colouring import colour_classes
from hopopt.fast.replicas import (
    POOL,
    TOPS,
    DenseLanes,
    Lanes,
    SparseLanes,
    Units,
    lanes_of,
    whole_numbers,
)
from problems import Ising
from problems.spins.dynamics import METHODS

SEEDS = st.integers(0, 2**32 - 1)


def random_energy(rng: np.random.Generator, n: int, density: float, fields: bool) -> IsingEnergy:
    J = np.triu(rng.normal(size=(n, n)) * (rng.random((n, n)) < density), 1)
    h = rng.normal(size=n) if fields else None
    return IsingEnergy(sparse.csr_array(J), h, float(rng.normal()))


def corners(n: int) -> Array:
    return np.array(list(product((-1.0, 1.0), repeat=n)))


@given(SEEDS, st.integers(1, 8), st.floats(0, 1), st.booleans())
def test_energy_is_the_sum_it_says(seed: int, n: int, density: float, fields: bool) -> None:
    rng = np.random.default_rng(seed)
    J, h, constant = rng.normal(size=(n, n)), rng.normal(size=n), rng.normal()
    s = corners(n)
    dense, thin = IsingEnergy(J, h, constant), IsingEnergy(sparse.coo_array(J), h, constant)
    expected = [constant - x @ J @ x / 2 - h @ x for x in s]
    assert np.allclose(dense.value(s), expected)
    assert np.allclose(thin.value(s), expected)
    assert np.allclose(dense.J, dense.J.T)
    assert not np.diag(dense.J).any()


def reference_sweep(network: Lanes, v: Array, noise: Array, T: float) -> Array:
    """Sweep once by the reference core: the iterated map of single units, noise as an input."""
    J = network.J if isinstance(network.J, np.ndarray) else network.J.toarray()
    energy = IsingEnergy(J.astype(float), network.h[:, 0].astype(float))
    circuit = Network(energy, Clip(), T=T, external=noise.T)
    rest = Updates("fixed", max_sweeps=1).run(circuit, T * v.T.astype(float), Monitor(record=False))
    return circuit.output(rest.u)[0].T


@pytest.mark.parametrize("kind", [SparseLanes, DenseLanes])
@pytest.mark.parametrize("fields", [False, True])
def test_sweeps_are_those_of_the_reference_core(kind: type[Any], fields: bool) -> None:
    rng = np.random.default_rng(4)
    energy = random_energy(rng, 40, 0.15, fields)
    few = np.where(np.arange(40) < 5, 1e-4, 1.0)  # no whole numbers stand for couplings so unlike
    energy = IsingEnergy(sparse.csr_array(energy.J * few * few[:, None]), energy.h)
    network = kind(energy, "clip")
    assert network.kind == np.float32
    state = network.state(rng.uniform(-1, 1, (network.size, 3)))
    pool = rng.uniform(-1, 1, (POOL, 3)).astype(np.float32)
    expected = state.astype(float)
    for T, strength in [(0.3, 1.5), (0.2, 0.7), (0.05, 0.0)]:
        picks = rng.integers(POOL, size=network.size, dtype=np.uint32)
        noise = strength * pool[picks].astype(float)
        expected = reference_sweep(network, expected, noise, T)
        network.sweep(state, pool, picks[None], np.array([strength]), np.array([T]))
        assert np.allclose(state, expected, atol=2e-5)


@pytest.mark.parametrize("kind", [SparseLanes, DenseLanes])
def test_signs_are_heat_bath_updates_of_the_same_field(kind: type[Any]) -> None:
    rng = np.random.default_rng(5)
    network = kind(random_energy(rng, 30, 0.2, True), "sign")
    state = network.state(rng.choice([-1, 1], (network.size, 2)))
    pool = rng.logistic(size=(POOL, 2)).astype(np.float32)
    picks = rng.integers(POOL, size=network.size, dtype=np.uint32)
    J = network.J if isinstance(network.J, np.ndarray) else network.J.toarray()
    expected = state.astype(float)
    for i in range(network.size):
        push = J[i] @ expected + network.h[i] + 0.5 * pool[picks[i]]
        expected[i] = np.where(push > 0, 1, -1)
    network.sweep(state, pool, picks[None], np.array([0.5]), np.ones(1))
    assert np.array_equal(state, expected)


def whole_energy(rng: np.random.Generator, n: int, largest: int) -> IsingEnergy:
    K = np.triu(rng.integers(-largest, largest + 1, (n, n)) * (rng.random((n, n)) < 0.3), 1)
    K[0, -1] = 1
    return IsingEnergy(sparse.csr_array(K * rng.uniform(0.01, 100)), rng.normal(size=n))


@pytest.mark.parametrize("kind", [SparseLanes, DenseLanes])
@pytest.mark.parametrize("units", ["clip", "sign"])
def test_outputs_are_whole_numbers(kind: type[Any], units: Units) -> None:
    rng, T, f = np.random.default_rng(6), 0.2, np.float32
    network = kind(whole_energy(rng, 30, 3), units)
    assert network.kind == np.int16
    assert network.top == (127 if units == "clip" else 1)
    state = network.state(rng.choice([-1.0, 1.0], (30, 4)))
    pool = rng.uniform(-1, 1, (POOL, 4)).astype(np.float32)
    picks = rng.integers(POOL, size=30, dtype=np.uint32)
    J = network.J if isinstance(network.J, np.ndarray) else network.J.toarray()
    K, expected = np.rint(J / network.unit), state.astype(int)
    for i in range(30):
        u = f(network.unit / T) * (K[i] @ expected).astype(f)
        u += pool[picks[i]] * f(network.top * 0.7 / T) + network.h[i] * f(network.top / T)
        v = np.clip(u, -network.top, network.top) if units == "clip" else np.copysign(1, u)
        expected[i] = v.astype(int)
    network.sweep(state, pool, picks[None], np.array([0.7]), np.array([T]))
    assert np.array_equal(state, expected)


@given(SEEDS, st.integers(2, 30), st.integers(1, 300), st.sampled_from(list(TOPS)), st.booleans())
def test_whole_numbers_never_overflow(
    seed: int, n: int, largest: int, units: Units, dense: bool
) -> None:
    energy = whole_energy(np.random.default_rng(seed), n, largest)
    J = energy.J.toarray()
    found = whole_numbers(J if dense else energy.J, TOPS[units])
    multiples = np.abs(J).sum(axis=1).max() / np.abs(J[J != 0]).min()
    if found is not None:
        K, unit, top = found[0] if dense else found[0].toarray(), *found[1:]
        assert K.dtype == np.int16
        assert top in TOPS[units]
        assert top * np.abs(K.astype(int)).sum(axis=1).max() <= 2**15 - 1
        off, whole = (np.linalg.norm(A, axis=1) for A in (J - unit * K, J))
        assert np.all(off <= 0.06 * whole)
        if multiples * top < 2**15 - 1:
            assert np.allclose(off, 0, atol=1e-9 * np.abs(J).max())
    assert found is not None or multiples * TOPS[units][-1] > 2**15 - 1


def test_the_order_of_entries_makes_no_difference() -> None:
    J = whole_energy(np.random.default_rng(8), 20, 3).J
    mixed = sparse.csr_array((J.data[::-1], J.indices[::-1], J.indptr[-1] - J.indptr[::-1]))
    K, unit, top = whole_numbers(mixed, TOPS["clip"]) or (None, 0.0, 0)
    assert top == 127
    assert np.allclose(unit * K.toarray(), J.toarray()[::-1])


def test_couplings_of_one_size_are_rounded_and_others_kept() -> None:
    energy = random_energy(np.random.default_rng(7), 40, 0.3, False)
    odd = energy.J.toarray()
    odd[3, 4] = odd[4, 3] = 1e4
    for kind in (SparseLanes, DenseLanes):
        assert kind(energy).whole
        assert not kind(IsingEnergy(odd)).whole
    assert whole_numbers(np.zeros((2, 2)), TOPS["clip"]) is None


@given(SEEDS, st.integers(1, 25), st.floats(0, 1), st.booleans())
def test_descent_ends_where_no_flip_helps(seed: int, n: int, density: float, fields: bool) -> None:
    rng = np.random.default_rng(seed)
    energy = random_energy(rng, n, density, fields)
    for network in (SparseLanes(energy), DenseLanes(energy)):
        s = rng.choice(np.array([-1, 1], dtype=np.float32), (n, 4))
        before = network.values(s)
        network.descend(s)
        after = network.values(s)
        assert np.all(after <= before + 1e-5)
        for lane in range(4):
            outside = network.outside(s[:, lane])
            rises = energy.flip(outside, -2 * outside)
            assert rises.min() >= -1e-4 * energy.scale
            value = energy.value(outside) - energy.constant
            assert after[lane] * network.scale == pytest.approx(value, abs=1e-3 * energy.scale)


def test_descent_agrees_with_the_discrete_network() -> None:
    rng = np.random.default_rng(0)
    energy = random_energy(rng, 30, 0.3, True)
    network = lanes_of(energy)
    s = rng.choice(np.array([-1, 1], dtype=np.float32), (30, 1))
    network.descend(s)
    rest = Updates("fixed").run(Network(energy, Tanh(), T=0.0), network.outside(s[:, 0]), Monitor())
    assert rest.nfev == 0  # already at rest


@given(SEEDS, st.integers(1, 40), st.floats(0, 0.5))
def test_colour_classes_are_independent_and_complete(seed: int, n: int, density: float) -> None:
    J = random_energy(np.random.default_rng(seed), n, density, False).J
    classes = colour_classes(J)
    assert sorted(np.concatenate(classes).tolist()) == list(range(n))
    assert all(J[c][:, c].nnz == 0 for c in classes)


def test_bipartite_couplings_have_two_classes() -> None:
    grid = sparse.kron(np.eye(6), np.eye(5, k=1) + np.eye(5, k=-1))
    assert len(colour_classes(sparse.csr_array(grid))) == 2


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_finds_a_small_ground_state(method: str) -> None:
    energy = random_energy(np.random.default_rng(2), 12, 0.6, True)
    best = float(energy.value(corners(12)).min())
    problem = Ising(energy)
    result = minimize(problem, method, rng=0, time_limit=5, target=best + 1e-9)
    assert result.fun == pytest.approx(best)
    assert result.fun == pytest.approx(result.energy)
    assert problem.feasible(result.x)


def test_search_ends_by_itself_where_the_minimum_comes_again_and_again() -> None:
    energy = random_energy(np.random.default_rng(3), 14, 0.9, True)
    result = minimize(Ising(energy), rng=0, time_limit=60)
    assert result.status == 0
    assert result.fun == pytest.approx(float(energy.value(corners(14)).min()))


def test_trace_falls_and_ends_at_the_answer() -> None:
    result = minimize(Ising.load("sk-60"), rng=0, sweeps=20, patience=5)
    assert np.all(np.diff(result.trace.energy) <= 0)
    assert np.all(np.diff(result.trace.time) >= 0)
    assert result.trace.energy[-1] == pytest.approx(result.fun)


def test_seed_reproduces_for_any_number_of_workers() -> None:
    problem = Ising.load("regular-60")
    options = {"rng": 7, "restarts": 2, "sweeps": 50, "patience": 4, "time_limit": 60}
    one, two = (minimize(problem, workers=k, **options) for k in (1, 2))
    assert one.x.tolist() == two.x.tolist()
    assert one.funs == two.funs


def test_target_stops_the_search() -> None:
    result = minimize(Ising.load("sk-40"), rng=0, target=0.0, time_limit=60)
    assert (result.nit, result.status) == (1, 0)


def test_callback_sees_rounds_and_stops() -> None:
    seen = []

    def watch(snapshot: Any) -> None:
        seen.append(snapshot.solution())
        raise StopIteration

    result = minimize(Ising.load("sk-30"), rng=0, callback=watch)
    assert len(seen) == 1
    assert result.status == 3


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_huge_and_tiny_coefficients(scale: float) -> None:
    energy = random_energy(np.random.default_rng(1), 10, 0.7, True)
    scaled = IsingEnergy(scale * energy.J, scale * energy.h)
    best = float(scaled.value(corners(10)).min())
    result = minimize(Ising(scaled), rng=0, time_limit=20, patience=3)
    assert result.fun == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_without_couplings(n: int) -> None:
    h = np.arange(n) - 1.0
    assert minimize(Ising(np.zeros((n, n)), h), rng=0).fun == -np.abs(h).sum()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0, np.nan], [0, 0]],), "J must be finite"),
        (([[0, np.inf], [0, 0]],), "J must be finite"),
        (([[0, 1]],), "J must be 1×1"),
        (([[0.0]], [1.0, 2.0]), "h must have shape"),
        (([[0.0]], [np.nan]), "h must be finite"),
        (([[1e308, 1e308], [1e308, 1e308]], None, 1e308), "J must be finite, and within"),
        (([[0.0]], None, 1e308), "constant must be finite"),
        (([[0, 1], [1]],), "J must be a rectangular array of numbers"),
        (
            (np.ma.masked_equal([[0, 1], [1, 0]], 1),),
            "J must have a value everywhere; got 2 masked",
        ),
        (([["0", "1"], ["1", "0"]],), "J must be a rectangular array of numbers; got dtype <U1"),
        (([[0, 1j], [1j, 0]],), "J must be .* got dtype complex128"),
        (([[0, 10**400], [10**400, 0]],), "J must be .* too large"),
        ((sparse.csr_array([[0.0, np.nan], [0.0, 0.0]]),), "J must be finite"),
        ((np.zeros((0, 0)),), "at least one spin"),
    ],
)
def test_bad_energies_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Ising(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": "spin"}, "units"),
        ({"lanes": 2, "elites": 3}, "elites"),
        ({"speed": 3}, "takes no option 'speed'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        minimize(Ising([[0.0]]), **options)


@pytest.mark.parametrize("lanes", [1, 3, 7])
def test_any_number_of_lanes(lanes: int) -> None:
    result = minimize(Ising.load("sk-20"), rng=0, lanes=lanes, elites=min(2, lanes), patience=3)
    assert result.success


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": "tanh"}, "units must be 'clip' or 'sign'; got 'tanh'"),
        ({"lanes": 0}, "elites must lie in 1 … lanes = 0; got 4"),
        ({"elites": 65}, "elites must lie in 1 … lanes = 64; got 65"),
        ({"sweeps": 0}, "sweeps must be at least 1; got 0"),
        ({"patience": -1}, "patience must be at least 1; got -1"),
    ],
)
def test_an_annealing_says_what_it_cannot_do(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        METHODS["anneal"](**options)
