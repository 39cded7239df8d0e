"""Energies of any order: what their values mean, motions on them, the algebra, bad input."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hopopt import (
    Clauses,
    Diagonal,
    Energy,
    ExponentialEuler,
    Flow,
    Inertial,
    Monitor,
    Multilinear,
    Network,
    Polynomial,
    Products,
    Scaled,
    Sigmoid,
    Sum,
    Tanh,
    Trace,
    Updates,
)
from hopopt.core.flow import SOLVERS

few = settings(max_examples=8)
LITERALS = st.integers(-5, 5).filter(bool)
CLAUSES = st.lists(st.lists(LITERALS, max_size=6), max_size=8)
KEYS = st.lists(st.integers(0, 4), max_size=6).map(tuple)
ONE = np.ones((2, 1))


def spins(n: int) -> np.ndarray:
    return np.array(list(itertools.product([-1.0, 1.0], repeat=n)))


@few
@given(clauses=CLAUSES, seed=st.integers(0, 99))
def test_value_of_clauses_is_the_weight_that_breaks(clauses: list[list[int]], seed: int) -> None:
    """By the definition: literals that come twice, a literal and its negation, nothing at all."""
    weights = np.random.default_rng(seed).normal(size=len(clauses))
    for s in spins(5):
        holds = [any(s[abs(x) - 1] * x > 0 for x in clause) for clause in clauses]
        broken = sum(w for w, held in zip(weights, holds, strict=True) if not held)
        assert_allclose(Clauses(clauses, weights, 5).value(s), broken, atol=1e-12)


@few
@given(terms=st.lists(st.tuples(KEYS, st.floats(-2, 2)), max_size=8), bits=st.booleans())
def test_value_of_a_polynomial_is_its_sum(terms: list[Any], bits: bool) -> None:
    """Units that come twice, and of bits the same energy in spins s = 2x − 1."""
    H = Polynomial(terms, 5, bits=bits)
    for s in spins(5):
        v = (s + 1) / 2 if bits else s
        expected = sum(w * math.prod(v[i] for i in key) for key, w in terms)
        assert_allclose(H.value(v), expected, atol=1e-12)
        assert_allclose(H.of_spins().value(2 * v - 1), expected, atol=1e-12)
    assert Polynomial(H.terms, 5).terms == H.terms


def cubic(seed: int, n: int = 6) -> Clauses:
    rng = np.random.default_rng(seed)
    rows = np.array([rng.choice(n, 3, replace=False) + 1 for _ in range(5 * n)])
    return Clauses((rows * rng.choice([-1, 1], rows.shape)).tolist(), rng.uniform(1, 2, 5 * n))


def quartic(seed: int, n: int = 6) -> Polynomial:
    rng = np.random.default_rng(seed)
    keys = [key for k in (1, 2, 3, 4) for key in itertools.combinations(range(n), k)]
    return Polynomial(zip(keys, rng.normal(size=len(keys)), strict=True))


MADE: dict[str, Callable[[int], Multilinear]] = {"clauses": cubic, "polynomial": quartic}
made = pytest.mark.parametrize("make", MADE.values(), ids=MADE)
FLOWS: list[Any] = [
    *(Flow(solver, rtol=1e-6, atol=1e-9, duration=5.0) for solver in SOLVERS),
    ExponentialEuler(0.01, max_steps=300),
]


@made
@pytest.mark.parametrize("motion", FLOWS, ids=lambda m: getattr(m, "solver", m.name))
@pytest.mark.parametrize("units", [Tanh(), Sigmoid()], ids=repr)
def test_energy_never_rises_along_any_flow(
    make: Callable[[int], Multilinear], motion: Any, units: Any
) -> None:
    network, monitor = Network(make(1), units, T=0.3), Monitor()
    motion.run(network, np.random.default_rng(2).normal(scale=0.3, size=6), monitor)
    trace = Trace.of(monitor.rows)
    assert trace.energy[-1] < trace.energy[0]
    assert trace.rise() <= 1e-5


@made
@pytest.mark.parametrize("order", ["random", "fixed", "guarded"])
def test_updates_come_to_rest_where_no_flip_helps(
    make: Callable[[int], Multilinear], order: Any
) -> None:
    network, monitor = Network(make(3), Tanh(), T=0), Monitor()
    rest = Updates(order).run(network, np.random.default_rng(4).normal(size=(5, 6)), monitor)
    v, _ = network.output(rest.u)
    assert Trace.of(monitor.rows).rise() <= 1e-12
    assert np.all(network.energy.flip(v, -2 * v) >= -1e-9)


@made
@pytest.mark.parametrize("units", [Tanh(), Sigmoid()], ids=repr)
@pytest.mark.parametrize("step", [1.0, 0.2])
def test_inertia_descends_but_for_a_share_that_goes_to_zero_with_the_step(
    make: Callable[[int], Multilinear], units: Any, step: float
) -> None:
    network, monitor = Network(make(5), units, T=0), Monitor()
    start = np.random.default_rng(6).uniform(-0.1, 0.1, (3, 6))
    motion = Inertial(round(30 / step), step, rng=np.random.default_rng(7))
    v, _ = network.output(motion.run(network, start, monitor).u)
    assert Trace.of(monitor.rows).rise() <= motion.slack
    assert np.all((v == units.low) | (v == units.high))


def test_sums_and_multiples_stay_what_they_are() -> None:
    P, C = quartic(1), cubic(2)
    assert [type(H) for H in (P + P, 2 * P, -P, P - P)] == [Polynomial] * 4
    assert [type(H) for H in (C + C, C * 0.5)] == [Clauses] * 2
    assert type(P + C) is Multilinear
    assert isinstance(P + Diagonal((6,), 1.0), Sum)
    assert isinstance(np.array([1.0, 2.0]) * P, Scaled)
    assert (P - P).terms == dict.fromkeys(P.terms, 0.0)
    assert (2 * P).terms == {key: 2 * value for key, value in P.terms.items()}
    with pytest.raises(ValueError, match=r"shapes \(6,\) and \(5,\) differ"):
        P + Polynomial({}, 5)


def test_orders_and_empty_ones() -> None:
    assert [Polynomial(t).order for t in ({}, {(): 1.0}, {(0, 1): 1}, {(2, 1, 0): 1})] == [
        0,
        0,
        2,
        3,
    ]
    assert [Polynomial({(0, 1): 1}).quadratic, cubic(1).quadratic] == [True, False]
    assert [Polynomial({(1, 1): 2.0}, bits=bits).size for bits in (False, True)] == [2, 2]
    nothing: Energy = Polynomial({(): 2.5}, 3)
    v = np.ones((2, 3))
    assert nothing.value(v).tolist() == [2.5, 2.5]
    assert not nothing.gradient(v).any()
    assert Clauses([[1, 2, 3]], 0.0).curvature() == 0
    single = cubic(1).gradient(v=np.ones((2, 6), dtype=np.float32))
    assert single.dtype == np.float32


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Clauses([[1, 0]]), "literals, ±1 … ±N; got 0 in"),
        (lambda: Clauses([[1, 1.5]]), "got 1.5 in"),
        (lambda: Clauses([[True]]), "got True in"),
        (lambda: Clauses([[1, -4]], size=3), "literals within ±3; got 4"),
        (lambda: Clauses([[1]], [1, 2]), "weights must be a number, or one a clause, 1; got"),
        (lambda: Clauses([[1]], np.nan), "weights must be finite"),
        (lambda: Polynomial({(0, 1): np.inf}), "terms must be finite"),
        (lambda: Polynomial({(): np.nan}, 2), "terms must be finite"),
        (lambda: Polynomial({0: 1.0}), r"tuples of units 0, 1, … to numbers; got \(0,"),
        (lambda: Polynomial({(0, -1): 1.0}), "got the key"),
        (lambda: Polynomial({(0, 3): 1.0}, 2), r"units must lie in 0 … 1; got 0 … 3"),
        (lambda: Polynomial({}, -1), r"size must be a number of units, below 2\^31; got -1"),
        (
            lambda: Multilinear(2, [Products(np.zeros((2, 1), int), np.ones(1), ONE, ONE)]),
            "different in each product",
        ),
        (
            lambda: Multilinear(2, [Products(np.array([[0], [1]]), np.ones(2), ONE, ONE)]),
            r"weights must have shape \(1,\); got \(2,\)",
        ),
        (
            lambda: Multilinear(2, [Products(np.array([0, 1]), np.ones(2), ONE, ONE)]),
            r"units must be whole numbers of shape \(k, M\)",
        ),
    ],
)
def test_bad_input_is_named(make: Callable[[], Energy], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
