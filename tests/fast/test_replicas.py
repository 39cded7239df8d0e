"""Law 10 of the Ising replicas: sweep for sweep the numbers of the core, however they are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import Replay
from scipy import sparse

from hopopt import Clip, Cooling, IsingEnergy, LowRank, Monitor, Network, Updates, anneal
from hopopt.core import Array
from hopopt.fast import Couplings, Replicas, Units, installed, ising_loops
from hopopt.fast.arranged import DenseCouplings, SparseCouplings, couplings_of
from hopopt.fast.colouring import colour_classes
from hopopt.fast.couplings import TOPS
from hopopt.fast.replicas import Pool
from hopopt.fast.whole import whole_numbers

SEEDS = st.integers(0, 2**32 - 1)
BOTH = (
    False,
    pytest.param(True, marks=pytest.mark.skipif(not installed(), reason="numba is not installed")),
)


def random_energy(rng: np.random.Generator, n: int, density: float, fields: bool) -> IsingEnergy:
    J = np.triu(rng.normal(size=(n, n)) * (rng.random((n, n)) < density), 1)
    return IsingEnergy(sparse.csr_array(J), rng.normal(size=n) if fields else None)


@dataclass(frozen=True)
class Steps(Clip):
    """Hard-limited units whose outputs are whole steps of 1/top: the numbers of eight bits."""

    top: float = 127.0

    def _gradient(self, x: Array, warm: Array | None) -> tuple[Array, Array | None]:
        return np.trunc(np.clip(x, -1, 1) * self.top) / self.top, None


def prepared(
    units: Units, numbers: str, dense: bool, compiled: bool, fields: bool, seed: int
) -> Couplings:
    """Return couplings that are, or are not, held in whole numbers."""
    rng = np.random.default_rng(seed)
    if numbers == "exact":
        energy = whole_energy(rng, 40, 3)
    else:
        energy = random_energy(rng, 40, 0.8 if dense else 0.15, fields)
    if numbers == "single":  # no whole numbers stand for couplings so unlike
        few = np.where(np.arange(40) < 5, 1e-4, 1.0)
        energy = IsingEnergy(sparse.csr_array(energy.J * few * few[:, None]), energy.h)
    if dense:
        energy = IsingEnergy(energy.J.toarray(), energy.h)
        return DenseCouplings(energy, units, ising_loops(compiled, 40))
    return SparseCouplings(energy, units, ising_loops(compiled, 40))


@pytest.mark.parametrize("compiled", BOTH, ids=lambda c: "compiled" if c else "numpy")
@pytest.mark.parametrize("dense", [False, True], ids=["sparse", "dense"])
@pytest.mark.parametrize("numbers", ["single", "rounded", "exact"])
@pytest.mark.parametrize("units", ["clip", "sign"])
@pytest.mark.parametrize("fields", [False, True], ids=["free", "fields"])
def test_a_cooling_is_the_cores(
    units: Units, numbers: str, dense: bool, compiled: bool, fields: bool
) -> None:
    """Every stage from where the replicas are: `Updates` unit by unit, with the same noise."""
    ready = prepared(units, numbers, dense, compiled, fields, seed=4)
    assert ready.whole == (numbers != "single")
    network = Network(ready.rounded, ready.domain, T=1.0, noise=np.array([0.5, 1.0, 1.5]))
    T = np.array([0.3, 0.2, 0.1, 0.05]) * (units == "clip")
    cooling = Cooling(network, T, np.array([1.0, 0.6, 0.3, 0.0]))
    rng, same = np.random.default_rng(7), np.random.default_rng(7)
    motion, pool = Replicas(couplings=ready, noise=rng), Pool(ready, same)
    u, warm = cooling.stage(0).state(rng.choice([-0.5, 0.5], (3, 40)).astype(np.float32)), None
    same.choice([-0.5, 0.5], (3, 40))
    domain = Steps(top=float(ready.top)) if ready.whole and units == "clip" else ready.domain
    rows = pool.rows(3)
    for k in range(len(cooling)):
        stage = cooling.stage(k)
        part = Cooling(stage, stage.T * np.ones(1), np.ones(1))
        z = rows[pool.picks(1)[0]].T
        before = None if warm is None else (warm.T / ready.top).astype(np.float32)
        start = u if before is None else stage.state(before)
        reference = Updates("fixed", noise=Replay(z), max_sweeps=1)
        if ready.whole and before is None and units == "clip":
            before = (np.rint(stage.output(u)[0] * ready.top) / ready.top).astype(np.float32)
        expected = reference.run(stage.at(lagrangian=domain), start, Monitor(record=False), before)
        v = expected.warm if expected.warm is not None else stage.output(expected.u)[0]
        rest = motion.cool(part, u, Monitor(record=False), warm)
        u, warm = rest.u, rest.warm
        assert warm is not None
        assert rest.nit == 1
        assert rest.nfev == 40
        off = np.abs(warm.T / ready.top - v)
        if ready.whole and units == "clip":
            assert off.max() <= 1.001 / ready.top  # where float32 falls on the other side of a step
            assert np.mean(off > 1e-6) < 0.01
        else:
            assert off.max() <= 2e-5


@pytest.mark.parametrize("units", ["clip", "sign"])
def test_structured_couplings_move_as_they_do_when_written_out(units: Units) -> None:
    rng = np.random.default_rng(6)
    Q = IsingEnergy(LowRank(rng.normal(size=(2, 70))), rng.normal(size=70))
    written = IsingEnergy(Q.J.explicit(), Q.h)
    ready, same = couplings_of(Q, units), DenseCouplings(written, units)
    vars(same)["_rounding"] = None  # in single precision
    start = rng.choice(np.array([-1, 1], np.float32), (70, 4))
    pool, picks = rng.normal(size=(9, 4)).astype(np.float32), rng.integers(9, size=(3, 70))
    states = []
    for couplings in (ready, same):
        state, s = couplings.inner(start), start.copy()
        couplings.sweep(state, pool, picks.astype(np.uint32), np.ones(3), np.full(3, 0.2))
        couplings.descend(s)
        states.append((state, s, couplings.values(s), couplings.forces(start.T)))
    assert all(couplings.slopes(start, 3).shape == (1, 4) for couplings in (ready, same))
    for one, other in zip(*states, strict=True):
        assert one == pytest.approx(other, abs=1e-4)


@pytest.mark.parametrize("compiled", BOTH, ids=lambda c: "compiled" if c else "numpy")
@pytest.mark.parametrize("dense", [False, True], ids=["sparse", "dense"])
@pytest.mark.parametrize("units", ["clip", "sign"])
def test_stages_taken_together_are_stages_one_by_one(
    units: Units, dense: bool, compiled: bool
) -> None:
    ready = prepared(units, "exact", dense, compiled, True, seed=5)
    network = Network(ready.rounded, ready.domain, T=1.0, noise=np.ones(5))
    T, f = np.linspace(0.3, 0.05, 12) * (units == "clip"), np.linspace(1, 0, 12)
    whole = [Cooling(network, T, f)]
    parts = [Cooling(network, T[a : a + 3], f[a : a + 3]) for a in range(0, 12, 3)]
    start = np.random.default_rng(0).choice([-0.1, 0.1], (5, 40)).astype(np.float32)
    rests = [
        anneal(stages, Replicas(couplings=ready, noise=np.random.default_rng(1)), start)
        for stages in (whole, parts)
    ]
    np.testing.assert_array_equal(rests[0].u, rests[1].u)
    assert rests[0].nit == rests[1].nit == 12


@pytest.mark.parametrize("dense", [False, True], ids=["sparse", "dense"])
@given(seed=SEEDS, n=st.integers(1, 25), largest=st.integers(1, 5))
def test_at_zero_temperature_it_is_the_discrete_network(
    dense: bool, seed: int, n: int, largest: int
) -> None:
    """The same spins in the same sweeps and flips, replica by replica, in visiting order."""
    rng = np.random.default_rng(seed)
    energy = whole_energy(rng, n, largest)
    energy = IsingEnergy(energy.J.toarray() if dense else energy.J)
    ready = (DenseCouplings if dense else SparseCouplings)(energy)
    cold = Network(ready.energy, ready.domain, T=0.0)
    start = rng.choice(np.array([-1, 1], dtype=np.float32), (3, n))
    rest = Replicas(couplings=ready).run(cold, start, Monitor())
    singly = [Updates("fixed").run(cold, s, Monitor(record=False)) for s in start.astype(float)]
    np.testing.assert_array_equal(rest.u, [cold.output(one.u)[0] for one in singly])
    assert rest.nit == max(one.nit for one in singly)
    assert rest.nfev == sum(one.nfev for one in singly)


def test_whatever_else_is_asked_goes_the_way_of_the_core() -> None:
    ready = prepared("clip", "exact", False, False, True, seed=6)
    other = Network(random_energy(np.random.default_rng(0), 6, 0.9, True), Clip(), T=0.0)
    start = np.random.default_rng(1).choice([-1.0, 1.0], 6)
    fast = Replicas(couplings=ready).run(other, start, Monitor())
    np.testing.assert_array_equal(fast.u, Updates("fixed").run(other, start, Monitor()).u)
    with pytest.raises(ValueError, match=r"cooling must be of `couplings\.rounded`, and noisy"):
        anneal([Cooling(other, np.ones(2))], Replicas(couplings=ready), start)


def whole_energy(rng: np.random.Generator, n: int, largest: int) -> IsingEnergy:
    K = np.triu(rng.integers(-largest, largest + 1, (n, n)) * (rng.random((n, n)) < 0.3), 1)
    K[0, -1] = 1
    return IsingEnergy(sparse.csr_array(K * rng.uniform(0.01, 100)), rng.normal(size=n))


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
    for kind in (SparseCouplings, DenseCouplings):
        assert kind(energy).whole
        assert not kind(IsingEnergy(odd)).whole
    assert whole_numbers(np.zeros((2, 2)), TOPS["clip"]) is None


@given(SEEDS, st.integers(1, 25), st.floats(0, 1), st.booleans())
def test_descent_ends_where_no_flip_helps(seed: int, n: int, density: float, fields: bool) -> None:
    rng = np.random.default_rng(seed)
    energy = random_energy(rng, n, density, fields)
    for network in (SparseCouplings(energy), DenseCouplings(energy)):
        s = rng.choice(np.array([-1, 1], dtype=np.float32), (n, 4))
        before = network.values(s)
        network.descend(s)
        after = network.values(s)
        assert np.all(after <= before + 1e-5)
        for replica in range(4):
            outside = network.outside(s[:, replica])
            rises = energy.flip(outside, -2 * outside)
            assert rises.min() >= -1e-4 * energy.scale
            value = energy.value(outside) - energy.constant
            assert after[replica] * network.scale == pytest.approx(value, abs=1e-3 * energy.scale)


@given(SEEDS, st.integers(1, 40), st.floats(0, 0.5))
def test_colour_classes_are_independent_and_complete(seed: int, n: int, density: float) -> None:
    J = random_energy(np.random.default_rng(seed), n, density, False).J
    classes = colour_classes(J)
    assert sorted(np.concatenate(classes).tolist()) == list(range(n))
    assert all(J[c][:, c].nnz == 0 for c in classes)


def test_bipartite_couplings_have_two_classes() -> None:
    grid = sparse.kron(np.eye(6), np.eye(5, k=1) + np.eye(5, k=-1))
    assert len(colour_classes(sparse.csr_array(grid))) == 2
