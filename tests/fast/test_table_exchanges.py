"""The law of the fast exchanges: state for state what `Exchanges` comes to."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from cases import Rng, seeds
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from hopopt import Diagonal, Exchanges, Kronecker, Monitor, Network, Sinkhorn
from hopopt.core import Placement, TimeUp, permutation_matrix
from hopopt.fast import TableExchanges
from hopopt.fast.exchanges import TableWalk


def matrices(rng: Rng, n: int, whole: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if whole:
        return tuple(rng.integers(-3, 6, (3, n, n)).astype(float))
    return tuple(rng.normal(size=(3, n, n)))


@settings(max_examples=60)
@given(
    rng=seeds,
    n=st.integers(1, 7),
    lead=st.sampled_from([(), (1,), (4,), (2, 3)]),
    sides=st.sampled_from(["none", "one", "both"]),
    whole=st.booleans(),
    T=st.sampled_from([0.0, 1.5, "each"]),
    order=st.sampled_from(["random", "fixed"]),
    sweeps=st.sampled_from([1, 3]),
    pairs=st.sampled_from([None, 4]),
)
def test_tables_come_to_what_the_core_comes_to(
    rng: Rng,
    n: int,
    lead: tuple,
    sides: str,
    whole: bool,
    T: float,
    order: str,
    sweeps: int,
    pairs: int | None,
) -> None:
    A, B, c = matrices(rng, n, whole)
    A = A + A.T if sides != "none" else A
    B = B + B.T if sides == "both" else B
    temperature = rng.uniform(0.5, 3, lead) if T == "each" else T
    network = Network(Kronecker(A, B, c), Sinkhorn(), T=temperature)
    u, states, rows = rng.normal(size=(*lead, n, n)), [], []
    for kind in (Exchanges, TableExchanges):
        noise = np.random.default_rng(3)
        settings = (sweeps, np.random.default_rng(4), pairs)
        motion = kind(order, noise if np.any(temperature) else None, *settings)
        monitor = Monitor()
        rest = motion.run(network, u, monitor)
        states.append((rest.u, rest.status, rest.nit, rest.nfev))
        rows.append(monitor.rows)
    assert_array_equal(states[0][0], states[1][0])
    assert states[0][1:] == states[1][1:]
    for one, other in zip(*rows, strict=True):
        assert one[:3] == other[:3]
        assert_allclose(one[3], other[3], atol=1e-9)


@given(rng=seeds, n=st.integers(2, 7), symmetric=st.booleans())
def test_tables_follow_the_exchanges(rng: Rng, n: int, symmetric: bool) -> None:
    A, B, c = matrices(rng, n, True)
    placement = Placement.of(A, B + B.T if symmetric else B, c)
    walk = TableWalk(
        placement, permutation_matrix(np.array([rng.permutation(n) for _ in range(5)]))
    )

    def values() -> np.ndarray:
        return np.array([placement.value(p) for p in walk.images.T])

    for r, s in itertools.combinations(range(n), 2):
        before, rise = values(), walk.rises(r, s)
        where = rng.random(5) < 0.5
        walk.exchange(r, s, where)
        assert_allclose(values(), before + where * rise, atol=1e-9)


@given(rng=seeds, n=st.integers(1, 6))
def test_placement_is_the_energy_at_permutations(rng: Rng, n: int) -> None:
    A, B, c = matrices(rng, n, False)
    energy = Kronecker(A, B, c, constant=2.0)
    placement = Placement.of_energy(energy)
    assert placement is not None
    p = rng.permutation(n)
    V = permutation_matrix(p)
    assert placement.value(p) + 2 == pytest.approx(float(energy.value(V)))
    a, b = placement.scales()
    assert a * b * float(placement.energy().value(V)) == pytest.approx(placement.value(p))
    delta = placement.exchanges(p)
    for r, s in itertools.combinations(range(n), 2):
        q = p.copy()
        q[[r, s]] = q[[s, r]]
        assert delta[r, s] == pytest.approx(placement.value(q) - placement.value(p))


def test_other_energies_go_the_way_of_the_core() -> None:
    costs = np.arange(9.0).reshape(3, 3)[::-1] ** 2
    rng = np.random.default_rng(0)
    batch = Kronecker(np.ones((3, 3)), np.ones((3, 3)), rng.normal(size=(2, 3, 3)))
    for energy in (Diagonal((3, 3), 0.0, costs), batch, Kronecker(costs, None, shape=(3, 3))):
        network, u = Network(energy, Sinkhorn(), T=0), rng.normal(size=(2, 3, 3))
        found = [kind().run(network, u, Monitor()).u for kind in (Exchanges, TableExchanges)]
        assert_array_equal(*found)


def test_time_limit_leaves_the_last_state() -> None:
    rng = np.random.default_rng(0)
    A, B = rng.random((2, 30, 30))
    network, monitor = Network(Kronecker(A, B), Sinkhorn(), T=0), Monitor(deadline=0.0)
    with pytest.raises(TimeUp):
        TableExchanges().run(network, rng.normal(size=(30, 30)), monitor)
    assert monitor.u is not None
    v, _ = network.output(monitor.u)
    assert np.all(v.sum(0) == 1)
    assert np.all(v.sum(1) == 1)
