from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import ENERGIES, Rng, seeds, symmetric
from hypothesis import given, settings
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from hopopt import (
    Clip,
    Diagonal,
    Identity,
    IsingEnergy,
    Kronecker,
    LowRank,
    Memory,
    Penalty,
    Quadratic,
    Scaled,
    Softmax,
    Sum,
    Tanh,
)
from hopopt.core.matrices import apply, diagonal_of, scaled, solve
from hopopt.core.spectrum import extreme_eigenvalues
from problems.spins.complement import Complement

EYE = np.eye(2)


# Algebra


def test_structured_matrices_are_what_they_are_written_out() -> None:
    rng = np.random.default_rng(0)
    edges = sparse.csr_array(np.triu(np.ones((6, 6)), 4) + np.tril(np.ones((6, 6)), -4))
    low = LowRank(rng.normal(size=(2, 6)), rng.normal(size=2), rng.normal(size=6))
    for weights in (np.ones(6), rng.random(6), np.array([1.0, 2, 2, 1, 3, 2])):
        for Q in (low, -2 * Complement(edges, weights, 1.5) / 3, Complement(edges, weights)):
            Q, some = Q.shifted(rng.normal(size=6)), np.array([4, 0, 4])
            whole, X = Q.explicit(), rng.normal(size=(6, 3))
            assert whole == pytest.approx(whole.T)
            assert_allclose(Q @ X, whole @ X, atol=1e-12)
            assert Q.rows(some) == pytest.approx(whole[some])
            assert Q.diagonal() == pytest.approx(whole.diagonal())
            assert Q.squares() == pytest.approx((whole**2).sum(axis=1))
            written = IsingEnergy(whole, np.arange(6.0), 3.0)
            kept, s = IsingEnergy(Q, np.arange(6.0), 3.0), rng.choice([-1.0, 1.0], (4, 6))
            assert kept.value(s) == pytest.approx(written.value(s))
            assert kept.field(s) == pytest.approx(written.field(s))
            assert kept.scale == pytest.approx(written.scale)


def test_every_energy_says_what_it_is() -> None:
    rng = np.random.default_rng(0)
    for name, make in ENERGIES.items():
        energy = make(rng)
        assert type(energy).__name__ in repr(energy) or isinstance(energy, Sum | Scaled), name
        with pytest.raises(ValueError, match="energies add only on one domain"):
            energy + Diagonal((99,))
        with pytest.raises(TypeError, match="unsupported operand"):
            energy + 1.5  # type: ignore[operator]


def test_multiples_stay_of_their_kind() -> None:
    rng = np.random.default_rng(0)
    for name in ("quadratic", "quadratic, low rank", "kronecker", "penalty", "diagonal"):
        energy = ENERGIES[name](rng)
        assert type(2.0 * energy) is type(energy), name
    low = 3.0 * Quadratic(LowRank(np.ones((1, 3)), 2.0, [1.0, 0, 0]))
    assert isinstance(low, Quadratic)
    assert isinstance(low.Q, LowRank)
    assert_allclose(low.Q.diagonal(), [9, 6, 6])
    twice = Scaled(2.0, Scaled(3.0, ENERGIES["memory, modern"](rng)))
    assert twice.factor == 6
    assert isinstance(twice.energy, Memory)


def test_factors_may_differ_from_replica_to_replica() -> None:
    v = np.ones((3, 2))
    factors = np.array([0.0, 1.0, -2.0])
    for energy in (
        Quadratic(EYE),
        Diagonal((2,), 1.0),
        Penalty(EYE, 0.0),
        Kronecker(EYE[:1, :1], EYE),
    ):
        shaped = v.reshape(3, *energy.shape)
        assert_allclose((factors * energy).value(shaped), factors)
        assert (factors * energy).curvature() >= 1


def test_dense_sparse_operator_and_low_rank_are_one_energy() -> None:
    rng = np.random.default_rng(1)
    U, s, d, c = rng.normal(size=(2, 5)), rng.normal(size=2), rng.normal(size=5), rng.normal(size=5)
    dense = U.T @ np.diag(s) @ U + np.diag(d)
    kinds: list[Any] = [dense, sparse.csr_array(dense), sparse.coo_matrix(dense)]
    kinds += [aslinearoperator(dense), LowRank(U, s, d)]
    v, w = rng.normal(size=(2, 4, 5))
    first = Quadratic(dense, c)
    for Q in kinds:
        other = Quadratic(Q, c)
        assert_allclose(other.value(v), first.value(v))
        assert_allclose(other.flip(v, w), first.flip(v, w))
        assert_allclose(other.spectrum, first.spectrum, atol=1e-9)
        assert_allclose(apply(scaled(Q, -2.0), v), -2 * v @ dense, atol=1e-9)
        assert_allclose(diagonal_of(Q), np.diag(dense), atol=1e-9)


def test_asymmetric_matrices_are_symmetrised() -> None:
    energy = Quadratic([[0.0, 2.0], [0.0, 0.0]])
    assert_allclose(energy.gradient(np.array([1.0, 0.0])), [0, 1])
    directed = Kronecker([[0.0, 2.0], [0.0, 0.0]], EYE)
    assert_allclose(directed.gradient(EYE), [[0, 1], [1, 0]])


@settings(max_examples=10)
@given(rng=seeds)
def test_argmin_is_the_minimum(rng: Rng) -> None:
    Q = symmetric(rng, 4, "positive") + np.eye(4)
    c = rng.normal(size=(3, 4))
    ring = sparse.csr_array(
        2 * np.eye(6) - 0.5 * (np.roll(np.eye(6), 1, 0) + np.roll(np.eye(6), -1, 0))
    )
    wide = sparse.csr_array(np.eye(40) * 50 + symmetric(rng, 40))
    for energy in (
        Quadratic(Q, c),
        Quadratic(sparse.csr_array(Q), c),
        Kronecker(Q, None, rng.normal(size=(4, 2)), shape=(4, 2)),
        Kronecker(ring, None, rng.normal(size=(3, 6, 2)), shape=(6, 2)),
        Quadratic(wide, rng.normal(size=40)),
        Diagonal((4,), 2.0, c),
    ):
        for leak in (0.0, 0.7, np.full(energy.shape, 0.3)):
            least = energy.argmin(leak)
            assert_allclose(energy.gradient(least) + leak * least, 0, atol=1e-9)
        replicas = np.array([0.5, 1.0, 2.0]).reshape(3, *[1] * len(energy.shape))
        least = energy.argmin(replicas)
        assert least.shape == (3, *energy.shape)
        assert_allclose(energy.gradient(least) + replicas * least, 0, atol=1e-9)


def test_argmin_refuses_what_has_no_minimum() -> None:
    for energy in (
        Quadratic(-EYE),
        Diagonal((2,), [1.0, -1.0]),
        Quadratic(np.ones((2, 2)), [1.0, -1.0]),
    ):
        with pytest.raises(ValueError, match="not strictly convex"):
            energy.argmin()
    for energy in (Memory(EYE, Softmax()), Quadratic(LowRank(EYE)), Kronecker(EYE, EYE)):
        with pytest.raises(TypeError, match="no minimum in closed form"):
            energy.argmin()
    with pytest.raises(ValueError, match="not strictly convex"):
        solve(sparse.csr_array((3, 3)), np.ones(3))


def test_diagonals_melt_into_majorizers() -> None:
    rng = np.random.default_rng(3)
    pull = Memory(
        rng.normal(size=(5, 2)), Softmax(axis=1), similarity="euclidean", axis="units", units=4
    )
    ring = Kronecker(sparse.csr_array(2 * np.eye(4)), None, shape=(4, 2))
    majorizer = (pull + 0.5 * ring + Diagonal((4, 2), 0.0, 1.0)).majorizer(rng.normal(size=(4, 2)))
    assert isinstance(majorizer, Kronecker)
    dense = (Quadratic(np.eye(3)) + Diagonal((3,), 0.5, [1.0, 2.0, 3.0])).majorizer(np.zeros(3))
    assert not isinstance(dense, Diagonal)
    assert_allclose(dense.value(np.ones(3)), 1.5 + 0.75 + 6)


def test_majorizers_linearise_what_is_concave() -> None:
    v = np.array([0.5, -0.5])
    flat = Quadratic(-EYE).majorizer(v)
    assert flat.curvature() == 0
    convex = Quadratic(EYE)
    assert convex.majorizer(v) is convex
    both = Quadratic(np.diag([1.0, -1.0])).majorizer(v)
    assert_allclose(both.curvature(), 1, rtol=1e-3)
    for energy in (-1.0 * Memory(EYE, Softmax()), np.array([-1.0]) * Memory(EYE, Softmax())):
        with pytest.raises(TypeError, match="no majorizer is known"):
            energy.majorizer(v)
        with pytest.raises(TypeError, match="no curvature bound is known"):
            energy.curvature()


# Spectra


@pytest.mark.parametrize("size", [1, 5, 300])
def test_extreme_eigenvalues_bound_the_spectrum(size: int) -> None:
    rng = np.random.default_rng(size)
    for kind in ("positive", "indefinite", "negative"):
        Q = symmetric(rng, size, kind)
        exact = np.linalg.eigvalsh(Q)
        low, high = extreme_eigenvalues(lambda w, Q=Q: w @ Q, size)
        assert low <= exact[0] + 1e-9
        assert high >= exact[-1] - 1e-9
        reach = np.abs(exact).max() + 1e-9
        assert abs(low - exact[0]) + abs(high - exact[-1]) <= 1e-3 * reach
    assert extreme_eigenvalues(lambda w: 0 * w, size) == (0, 0)


def test_spectrum_of_a_kronecker_comes_from_its_factors() -> None:
    rng = np.random.default_rng(4)
    A, B = symmetric(rng, 3), symmetric(rng, 4)
    exact = np.linalg.eigvalsh(np.kron(A, B))
    assert_allclose(Kronecker(A, B).spectrum, (exact[0], exact[-1]))
    rows = np.linalg.eigvalsh(A)
    assert_allclose(Kronecker(A, None, shape=(3, 9)).spectrum, (rows[0], rows[-1]))
    C = rng.normal(size=(3, 3))
    exact = np.linalg.eigvalsh((np.kron(C, B) + np.kron(C.T, B.T)) / 2)
    assert_allclose(Kronecker(C, B).spectrum, (exact[0], exact[-1]))


# Bad input

BAD = [np.nan, np.inf]


@pytest.mark.parametrize("bad", BAD)
def test_numbers_that_are_not_finite(bad: float) -> None:
    for name, make in (
        ("Q must be finite", lambda: Quadratic([[bad]])),
        ("Q must be finite", lambda: Quadratic(sparse.csr_array([[bad]]))),
        ("c must be finite", lambda: Quadratic([[1.0]], [bad])),
        ("constant must be finite", lambda: Quadratic([[1.0]], constant=bad)),
        ("A must be finite", lambda: Kronecker([[bad]], [[1.0]])),
        ("B must be finite", lambda: Kronecker([[1.0]], [[bad]])),
        ("A must be finite", lambda: Penalty([[bad]], 0.0)),
        ("b must be finite", lambda: Penalty([[1.0]], bad)),
        ("P must be finite", lambda: Penalty([[1.0]], 0.0, bad)),
        ("d must be finite", lambda: Diagonal((1,), bad)),
        ("c must be finite", lambda: Diagonal((1,), 0.0, bad)),
        ("constant must be finite", lambda: Diagonal((1,), constant=bad)),
        ("factors must be finite", lambda: LowRank([[bad]])),
        ("s must be finite", lambda: LowRank([[1.0]], bad)),
        ("d must be finite", lambda: LowRank([[1.0]], 1.0, bad)),
        ("factor must be finite", lambda: bad * Memory([[1.0]], Softmax())),
        ("patterns must be finite", lambda: Memory([[bad]], Softmax())),
        ("bias must be finite", lambda: Memory([[1.0]], Softmax(), bias=[bad])),
    ):
        with pytest.raises(ValueError, match=name):
            make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Quadratic(np.ones((2, 3))), r"Q must be 2×2; got shape \(2, 3\)"),
        (lambda: Quadratic(np.ones(3)), r"Q must be a matrix; got shape \(3,\)"),
        (lambda: Quadratic(EYE, [1.0]), r"c must have shape \(2,\); got \(1,\)"),
        (lambda: Quadratic(EYE, shape=(3,)), r"shape must hold 2 units; got \(3,\)"),
        (lambda: Kronecker(EYE), "shape must be given where B is None"),
        (lambda: Kronecker(EYE, EYE, shape=(3, 2)), "A must be 3×3"),
        (lambda: Kronecker(EYE, EYE, shape=(2, 3)), "B must be 3×3"),
        (lambda: Kronecker(EYE, EYE, [1.0]), r"c must have shape \(2, 2\)"),
        (lambda: Penalty(EYE, 0.0, -1.0), "P must be finite and nonnegative; got -1.0"),
        (lambda: Penalty(EYE, 0.0, shape=(3,)), "shape must hold 2 units"),
        (lambda: Penalty(EYE, [1.0, 2.0, 3.0]), "b must have shape"),
        (lambda: Diagonal((2,), [1.0, 2.0, 3.0]), r"d must fit shape \(2,\); got \(3,\)"),
        (lambda: Diagonal((2,), 0.0, [1.0, 2.0, 3.0]), r"c must fit shape \(2,\); got \(3,\)"),
        (lambda: Memory(np.ones((2, 2, 2)), Softmax()), r"patterns must have shape \(P, N\)"),
        (
            lambda: Memory(np.empty((0, 3)), Softmax()),
            r"patterns must have shape \(P, N\), not 0; got \(0, 3\)",
        ),
        (lambda: Memory(EYE, Softmax(), T=0), "T must be positive; got 0"),
        (lambda: Memory(EYE, Softmax(), T=np.nan), "T must be positive; got nan"),
        (lambda: Memory(EYE, Softmax(), similarity="cosine"), "similarity must be 'dot' or"),  # type: ignore[arg-type]
        (lambda: Memory(EYE, Softmax(), axis="units"), "'units' with units given"),
        (lambda: Memory(EYE, Softmax(), units=3), "'units' with units given"),
        (lambda: Memory(EYE, Softmax(), nearest=1), "nearest needs axis='units'"),
        (lambda: Memory(EYE, Softmax(), bias=[1.0]), r"bias must have shape \(2,\)"),
        (lambda: Memory(EYE, Softmax(), weights=[1.0]), r"weights \(2,\)"),
        (lambda: Memory(EYE, Softmax(), weights=[1.0, -1.0]), "weights must be nonnegative"),
        (lambda: LowRank(EYE, [1.0, 2.0, 3.0]), "s must have shape"),
        (lambda: LowRank(EYE, 1.0, [1.0, 2.0, 3.0]), "d must have shape"),
    ],
)
def test_arguments_that_do_not_fit(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_ring_of_nearest_units_says_what_it_cannot_do() -> None:
    near = Memory(EYE, Softmax(axis=1), similarity="euclidean", axis="units", units=3, nearest=2)
    with pytest.raises(ValueError, match="nearest does not take batches"):
        near.value(np.zeros((2, 3, 2)))
    with pytest.raises(TypeError, match="hessp is not available with nearest"):
        near.hessp(np.zeros((3, 2)), np.zeros((3, 2)))
    rng = np.random.default_rng(5)
    patterns, v = rng.normal(size=(30, 2)), rng.normal(size=(8, 2))
    ring: Any = {"T": 0.01, "similarity": "euclidean", "axis": "units", "units": 8}
    full = Memory(patterns, Softmax(axis=1), **ring)
    near = Memory(patterns, Softmax(axis=1), nearest=4, **ring)
    assert_allclose(near.value(v), full.value(v), rtol=1e-6)


def test_curvature_of_a_memory_follows_from_its_hidden_layer() -> None:
    patterns: Any = np.ones((3, 2))
    assert Memory(patterns, Softmax()).curvature() == 0
    euclidean: Any = {"similarity": "euclidean", "weights": [2.0, 1.0]}
    assert Memory(patterns, Softmax(), **euclidean).curvature() == 2
    assert Memory(patterns, Tanh(), **euclidean).curvature() == 6
    assert Memory(patterns, Clip(), **euclidean).curvature() == 6
    with pytest.raises(TypeError, match="attention is unbounded"):
        Memory(patterns, Identity(), **euclidean).curvature()
    ring: Any = {"similarity": "euclidean", "axis": "units", "units": 4}
    assert Memory(patterns, Softmax(axis=1), **ring).curvature() == 3
    assert Memory(patterns, Softmax(axis=0), **ring).curvature() == 1


def test_flips_of_a_large_memory_come_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    energy = Memory(rng.choice([-1.0, 1.0], size=(5, 12)), Softmax(), T=2.0)
    v = rng.choice([-1.0, 1.0], size=(2, 12))
    whole = energy.flip(v, -2 * v)
    monkeypatch.setattr("hopopt.core.hidden.FLIP_CHUNK", 1)
    assert_allclose(energy.flip(v, -2 * v), whole)


def test_a_linear_operator_may_come_without_its_diagonal() -> None:
    operator = LinearOperator((3, 3), matvec=lambda x: 2 * np.ravel(x), dtype=float)
    assert_allclose(Quadratic(operator).flip(np.zeros(3), np.ones(3)), 1)
