"""One case or more of every Lagrangian and every Energy: what the laws are tested on.

`tests/laws` refuses a class of hopopt's that has no case here.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import aslinearoperator

import hopopt
from hopopt import (
    Balance,
    Budget,
    Clauses,
    Clip,
    Diagonal,
    Energy,
    Face,
    Identity,
    Kronecker,
    Lagrangian,
    LowRank,
    Memory,
    Multilinear,
    Network,
    Penalty,
    Polynomial,
    Polytope,
    Products,
    Quadratic,
    Scaled,
    Sigmoid,
    Sinkhorn,
    Softmax,
    Tanh,
)
from hopopt.core.dense import DenseMemory
from hopopt.core.ising import IsingEnergy
from hopopt.core.power import Power
from problems.shared.encodings import one_each
from problems.tours.encoders import length

Floats = NDArray[Any]
Rng = np.random.Generator

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@dataclass(frozen=True)
class Domain:
    """A Lagrangian and the shape of the states that it is tested with."""

    lagrangian: Lagrangian
    shape: tuple[int, ...]

    @property
    def units(self) -> Lagrangian:
        return self.lagrangian.on(self.shape)

    def state(self, rng: Rng, *replicas: int, spread: float = 1.5) -> Floats:
        """A random state; none near the corners of Clip, where v(u) has no derivative."""
        u = rng.normal(scale=spread, size=(*replicas, *self.shape))
        return np.where(np.abs(np.abs(u) - 1) < 0.1, 1.3 * u, u)

    def output(self, rng: Rng, *replicas: int) -> Floats:
        return self.units.gradient(self.state(rng, *replicas))[0]


def pinned(base: Lagrangian, shape: tuple[int, ...], *on: tuple[int, ...]) -> Domain:
    """The face where the units `on` are held at 1, or at .5 where the domain is the whole space."""
    mask = np.zeros(shape, dtype=bool)
    for unit in on:
        mask[unit] = True
    return Domain(Face(base, mask, np.where(mask, 1.0, 0.0)), shape)


DEAR = np.array([[1.0, 1.5, 1.2], [2.0, 1.4, 1.1]])
ONE_BUDGET = Budget(Sigmoid(), DEAR, 0.8)
TWO_BUDGETS = Budget(Tanh(), [DEAR[0], DEAR[1]], [-2.5, -2.2])
BALANCE = Balance(Tanh(), [1.0, 1.3, -1.0, 0.8, 1.1], 0.37)

DOMAINS = {
    "identity": Domain(Identity(), (5,)),
    "tanh": Domain(Tanh(), (5,)),
    "sigmoid": Domain(Sigmoid(), (2, 3)),
    "clip": Domain(Clip(), (5,)),
    "power": Domain(Power(4), (5,)),
    "softmax": Domain(Softmax(axis=1), (2, 4)),
    "softmax of two axes": Domain(Softmax(axis=(0, 2)), (2, 3, 2)),
    "sinkhorn": Domain(Sinkhorn(), (4, 4)),
    "grouped sums": Domain(Polytope(((1, 2), (0, 2))), (3, 3, 2)),
    "budget": Domain(ONE_BUDGET, (2, 3)),
    "two budgets": Domain(TWO_BUDGETS, (3,)),
    "balance": Domain(BALANCE, (5,)),
    "face of identity": pinned(Identity(), (5,), (2,)),
    "face of tanh": pinned(Tanh(), (5,), (0,), (3,)),
    "face of sigmoid": pinned(Sigmoid(), (2, 3), (1, 1)),
    "face of clip": pinned(Clip(), (5,), (4,)),
    "face of power": pinned(Power(4), (5,), (1,)),
    "face of softmax": pinned(Softmax(axis=1), (2, 4), (1, 2)),
    "face of sinkhorn": pinned(Sinkhorn(), (4, 4), (1, 2)),
    "face of budget": pinned(Budget(Sigmoid(), DEAR, 2.0), (2, 3), (0, 0)),
    "face of balance": pinned(BALANCE, (5,), (2,)),
    "face of grouped sums": pinned(Polytope(((1, 2), (0, 2))), (3, 3, 2), (0, 1, 1)),
}
BOUNDED = {name: case for name, case in DOMAINS.items() if case.lagrangian.bounded}
LIPSCHITZ = {
    name: case
    for name, case in DOMAINS.items()
    if np.isfinite(case.lagrangian.lipschitz) and name not in ("face of budget", "face of balance")
}


def symmetric(rng: Rng, n: int, kind: str = "indefinite") -> Floats:
    """A random symmetric matrix: indefinite, or positive or negative semidefinite."""
    a = rng.normal(size=(n, n))
    if kind == "indefinite":
        return (a + a.T) / 2
    square = a[:, : n // 2] @ a[:, : n // 2].T
    return square if kind == "positive" else -square


def _quadratic(rng: Rng) -> Energy:
    return Quadratic(rng.normal(size=(6, 6)), rng.normal(size=(6,)), constant=0.5)


def _sparse(rng: Rng) -> Energy:
    Q = sparse.random_array((6, 6), density=0.5, rng=rng)
    return Quadratic(Q, rng.normal(size=(2, 3)), shape=(2, 3))


def _operator(rng: Rng) -> Energy:
    return Quadratic(aslinearoperator(symmetric(rng, 6)), rng.normal(size=(2, 3)), shape=(2, 3))


def _low_rank(rng: Rng) -> Energy:
    return Quadratic(LowRank(rng.normal(size=(2, 6)), rng.normal(size=2), rng.normal(size=6)))


def _kronecker(rng: Rng) -> Energy:
    return Kronecker(rng.normal(size=(2, 2)), rng.normal(size=(3, 3)), rng.normal(size=(2, 3)))


def _kronecker_sparse(rng: Rng) -> Energy:
    ring = sparse.csr_array(np.roll(np.eye(3), 1, axis=0))
    return Kronecker(ring, symmetric(rng, 2), constant=1.0)


def _kronecker_rows(rng: Rng) -> Energy:
    return Kronecker(symmetric(rng, 3), None, rng.normal(size=(3, 2)), shape=(3, 2))


def _penalty(rng: Rng) -> Energy:
    return Penalty(rng.normal(size=(2, 6)), rng.normal(size=2), P=1.5, shape=(3, 2))


def _penalty_sparse(rng: Rng) -> Energy:
    return Penalty(sparse.random_array((2, 6), density=0.6, rng=rng), 1.0)


def _diagonal(rng: Rng) -> Energy:
    return Diagonal((2, 3), rng.normal(size=(2, 3)), rng.normal(size=3), 0.5)


def _patterns(rng: Rng) -> Floats:
    return rng.choice([-1.0, 1.0], size=(4, 6))


def _memory_euclidean(rng: Rng) -> Energy:
    weights = rng.uniform(size=6) * (rng.uniform(size=6) < 0.8)
    return Memory(
        rng.normal(size=(4, 6)),
        Softmax(),
        T=0.7,
        similarity="euclidean",
        weights=weights,
        bias=rng.normal(size=4),
    )


def _ring(rng: Rng) -> Energy:
    hidden = Softmax(axis=1)
    return Memory(
        rng.normal(size=(5, 2)), hidden, T=0.6, similarity="euclidean", axis="units", units=3
    )


def _sum(rng: Rng) -> Energy:
    return _quadratic(rng) + Memory(_patterns(rng), Softmax(), T=2.0)


def _products(rng: Rng) -> Energy:
    """Of four orders, the first of them 1, with factors that no polynomial and no clause has."""

    def drawn(order: int, count: int) -> Products:
        units = np.array([rng.permutation(6)[:order] for _ in range(count)]).T
        a, b = rng.uniform(-1, 1, (2, order, count))
        return Products(units, rng.normal(size=count), a, b)

    return Multilinear(6, [drawn(k, 3) for k in (1, 2, 3, 5)], float(rng.normal()))


def _polynomial(rng: Rng, order: int) -> Energy:
    keys = [tuple(rng.permutation(6)[: rng.integers(order + 1)].tolist()) for _ in range(12)]
    return Polynomial(((key, float(rng.normal())) for key in keys), 6)


def _clauses(rng: Rng) -> Energy:
    """Of up to four literals, some empty, some with a literal and its negation."""
    whole = [rng.choice([*range(-6, 0), *range(1, 7)], rng.integers(5)).tolist() for _ in range(9)]
    return Clauses(whole, rng.normal(size=9), 6)


ENERGIES: dict[str, Callable[[Rng], Energy]] = {
    "quadratic": _quadratic,
    "quadratic, sparse": _sparse,
    "quadratic, operator": _operator,
    "quadratic, low rank": _low_rank,
    "kronecker": _kronecker,
    "kronecker, sparse": _kronecker_sparse,
    "kronecker, rows": _kronecker_rows,
    "penalty": _penalty,
    "penalty, sparse": _penalty_sparse,
    "diagonal": _diagonal,
    "memory, modern": lambda rng: Memory(_patterns(rng), Softmax(), T=1.5),
    "memory, hebb": lambda rng: Memory(_patterns(rng), Identity()),
    "memory, tanh": lambda rng: Memory(_patterns(rng), Tanh(), bias=rng.normal(size=4)),
    "memory, sigmoid": lambda rng: Memory(_patterns(rng), Sigmoid(), T=0.8),
    "memory, clip": lambda rng: Memory(_patterns(rng), Clip(), T=3.0, weights=rng.uniform(size=6)),
    "memory, euclidean": _memory_euclidean,
    "memory, euclidean tanh": lambda rng: Memory(
        rng.normal(size=(4, 6)), Tanh(), T=0.7, similarity="euclidean"
    ),
    "memory, ring": _ring,
    "memory, units": lambda rng: Memory(
        rng.normal(size=(4, 2)), Softmax(axis=1), axis="units", units=3
    ),
    "memory, patterns for each unit": lambda rng: Memory(
        rng.normal(size=(4, 2)), Softmax(axis=0), similarity="euclidean", axis="units", units=3
    ),
    "ising": lambda rng: IsingEnergy(rng.normal(size=(6, 6)), rng.normal(size=6)),
    # of even degree, for |u|ⁿ⁻¹·sign(u) is smooth at 0 then, as finite differences need it
    "memory, power": lambda rng: Memory(_patterns(rng), Power(4), T=2.0),
    "dense memory": lambda rng: DenseMemory(_patterns(rng), Softmax(), T=1.5),
    "dense memory, power": lambda rng: DenseMemory(
        _patterns(rng), Power(4), bias=rng.normal(size=4)
    ),
    "products": _products,
    "polynomial": lambda rng: _polynomial(rng, 4),
    "polynomial, quadratic": lambda rng: _polynomial(rng, 2),
    "clauses": _clauses,
    "sum": _sum,
    "scaled": lambda rng: Scaled(2.5, Memory(_patterns(rng), Softmax(), T=1.5)),
    "scaled by a negative number": lambda rng: Scaled(-0.5, _quadratic(rng)),
}


def import_everything() -> None:
    """Import all of hopopt's modules, but for those whose optional packages are absent."""
    for module in pkgutil.walk_packages(hopopt.__path__, "hopopt."):
        if not module.name.endswith("__main__"):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)


def subclasses(kind: type) -> Iterator[type]:
    """Every concrete class of hopopt's below `kind`, of the modules that are imported."""
    for child in kind.__subclasses__():
        yield from subclasses(child)
        if child.__module__.startswith("hopopt.") and not getattr(
            child, "__abstractmethods__", None
        ):
            yield child


# What the laws are tested with

domains = pytest.mark.parametrize("case", DOMAINS.values(), ids=DOMAINS)
lipschitz = pytest.mark.parametrize("case", LIPSCHITZ.values(), ids=LIPSCHITZ)
bounded = pytest.mark.parametrize("case", BOUNDED.values(), ids=BOUNDED)
energies = pytest.mark.parametrize("make", ENERGIES.values(), ids=ENERGIES)
temperatures = st.sampled_from([0.3, 1.0, 2.5])
few = settings(max_examples=8)
fewer = settings(max_examples=3)


def dot(a: Floats, b: Floats, ndim: int) -> Floats:
    return np.sum(a * b, axis=tuple(range(-ndim, 0)))


CITIES = 5


def tsp_energy(rng: Rng, n: int = CITIES) -> Energy:
    points = rng.uniform(size=(n, 2))
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    return length(distances / distances.mean())


def tsp_network(kind: str, rng: Rng, T: float, leak: float) -> Network:
    tour, n = tsp_energy(rng), CITIES
    if kind == "sinkhorn":
        return Network(tour + Diagonal((n, n), -0.5), Sinkhorn(), T=T, leak=leak)
    rows = Penalty(np.kron(np.eye(n), np.ones(n)), 1.0, 2.0, shape=(n, n))
    cols = Penalty(np.kron(np.ones(n), np.eye(n)), 1.0, 2.0, shape=(n, n))
    if kind == "softmax":
        return Network(tour + cols, Softmax(axis=1), T=T, leak=leak)
    return Network(tour + one_each(n, 1.0, 1.0) + rows + cols, Sigmoid(), T=T, leak=leak)


def dense_energy(rng: Rng) -> Energy:
    return Quadratic(symmetric(rng, 8), rng.normal(size=8))


def unique(case: Domain, rng: Rng) -> Network:
    """A network whose equilibrium is unique: κ·λ_max(−Q) < g."""
    size = int(np.prod(case.shape))
    Q = symmetric(rng, size)
    T = 1.3 * case.lagrangian.lipschitz * float(np.linalg.norm(Q, 2))
    H = Quadratic(Q, rng.normal(size=case.shape), shape=case.shape)
    return Network(H, case.lagrangian, T=T, tau=1.5)
