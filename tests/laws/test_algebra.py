"""Laws 7 and 8: energies add up and are one another; the energy of a tour is its length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cases import (
    Rng,
    dense_energy,
    energies,
    few,
    seeds,
)
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hopopt import (
    Diagonal,
    Energy,
    Identity,
    Kronecker,
    LowRank,
    Memory,
    Penalty,
    Polytope,
    Quadratic,
    Sinkhorn,
    Softmax,
    Sum,
)
from problems.shared.encodings import one_each
from problems.tours.encoders import length, matrix_of_tour

pytestmark = pytest.mark.no_cover

# Law 7: the algebra


@energies
@few
@given(rng=seeds, factor=st.sampled_from([-1.5, 0.5, 3.0]))
def test_sums_and_multiples_go_term_by_term(
    make: Callable[[Rng], Energy], rng: Rng, factor: float
) -> None:
    first = make(rng)
    second = Diagonal(first.shape, rng.normal(size=first.shape), rng.normal(size=first.shape))
    both = factor * first + second
    v, w = rng.uniform(-1, 1, size=(2, *first.shape))
    assert_allclose(both.value(v), factor * first.value(v) + second.value(v))
    gradient = factor * first.gradient(v) + second.gradient(v)
    assert_allclose(both.gradient(v), gradient, atol=1e-9)
    assert_allclose(both.hessp(v, w), factor * first.hessp(v, w) + second.hessp(v, w), atol=1e-9)
    assert_allclose(both.flip(v, w), factor * first.flip(v, w) + second.flip(v, w), atol=1e-9)
    assert_allclose((first - first).gradient(v), 0, atol=1e-9)
    assert sum([first, second]).shape == first.shape
    per_replica = np.array([factor, 1.0])
    assert_allclose(
        (per_replica * first).value(np.stack([v, w])),
        per_replica * [first.value(v), first.value(w)],
    )


@few
@given(rng=seeds, symmetric_pair=st.booleans())
def test_kronecker_is_the_quadratic_of_the_kronecker_product(
    rng: Rng, symmetric_pair: bool
) -> None:
    A, B = rng.normal(size=(3, 3)), rng.normal(size=(2, 2))
    if symmetric_pair:
        A, B = A + A.T, B + B.T
    c = rng.normal(size=(3, 2))
    assert_same(Kronecker(A, B, c), Quadratic(np.kron(A, B.T), c, shape=(3, 2)), rng)


@few
@given(rng=seeds)
def test_hebbian_memory_is_the_low_rank_quadratic(rng: Rng) -> None:
    patterns = rng.normal(size=(3, 6))
    assert_same(Memory(patterns, Identity()), Quadratic(LowRank(patterns, -1.0)), rng)
    assert_same(Memory(patterns, Identity()), Quadratic(-patterns.T @ patterns), rng)


@few
@given(rng=seeds)
def test_penalty_is_a_quadratic(rng: Rng) -> None:
    A, b = rng.normal(size=(2, 5)), rng.normal(size=2)
    same = Quadratic(3 * A.T @ A, -3 * A.T @ b, constant=1.5 * float(b @ b))
    assert_same(Penalty(A, b, 3.0), same, rng)


def assert_same(one: Energy, other: Energy, rng: Rng) -> None:
    v, w = rng.normal(size=(2, 4, *one.shape))
    assert_allclose(one.value(v), other.value(v), atol=1e-9)
    assert_allclose(one.gradient(v), other.gradient(v), atol=1e-9)
    assert_allclose(one.hessp(v, w), other.hessp(v, w), atol=1e-9)
    assert_allclose(one.flip(v, w), other.flip(v, w), atol=1e-9)


@few
@given(rng=seeds)
def test_grouped_sums_are_sinkhorn_of_the_log_sum_exp_times_a_softmax(rng: Rng) -> None:
    u = rng.normal(size=(4, 4, 3))
    inner = np.exp(u) / np.exp(u).sum(-1, keepdims=True)
    outer, _ = Sinkhorn().gradient(np.log(np.exp(u).sum(-1)))
    v, _ = Polytope(((1, 2), (0, 2))).gradient(u)
    assert_allclose(v, outer[..., None] * inner, atol=1e-10)


@few
@given(rng=seeds)
def test_modern_memory_weighted_or_biased_is_the_euclidean_one(rng: Rng) -> None:
    patterns = rng.normal(size=(4, 5))
    bias = -np.sum(patterns**2, axis=1) / 2
    dots = Memory(patterns, Softmax(), T=0.7, bias=bias) + Diagonal((5,), 1.0)
    assert_same(Memory(patterns, Softmax(), T=0.7, similarity="euclidean"), dots, rng)


# Law 8: an exact encoding's cost is affine in H


@few
@given(rng=seeds, directed=st.booleans())
def test_energy_of_a_tour_is_its_length(rng: Rng, directed: bool) -> None:
    n = 6
    distances = rng.uniform(size=(n, n))
    distances = distances if directed else distances + distances.T
    order = rng.permutation(n)
    V = matrix_of_tour(order)
    assert_allclose(length(distances).value(V), distances[order, np.roll(order, -1)].sum())
    assert_allclose(one_each(n, 3.0, 2.0).value(V), 0, atol=1e-9)
    assert one_each(n, 3.0, 2.0).value(np.roll(V, 1, axis=0) + V) > 0


def test_sum_of_sums_is_flat() -> None:
    rng = np.random.default_rng(0)
    terms = [dense_energy(rng) for _ in range(3)]
    both = (terms[0] + terms[1]) + terms[2]
    assert isinstance(both, Sum)
    assert list(both.terms) == terms
