"""Random instances of any size: the ensembles that spin-glass solvers are measured on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from hopopt import IsingEnergy

Floats = NDArray[np.float64]

MOST_SPINS = 10**6
MOST_DENSE = 20_000
DENSITY = 0.1
LARGEST = 100


class Drawn(NamedTuple):
    """An energy, and its least value where the ensemble plants it."""

    energy: IsingEnergy
    ground: float | None


def named(name: str, kinds: Mapping[str, Any]) -> tuple[str, int, np.random.Generator] | None:
    """Split ``kind-N`` or ``kind-N-SEED`` into kind, N and a generator; None for other names.

    Examples
    --------
    >>> kind, n, rng = named("sk-50-7", {"sk": ""})
    >>> kind, n
    ('sk', 50)
    """
    match = re.fullmatch(r"([a-z]+)-([0-9]{1,12})(?:-([0-9]{1,40}))?", name)
    if match is None or match[1] not in kinds:
        return None
    size = int(match[2])
    if not 1 <= size <= MOST_SPINS:
        raise ValueError(f"{match[1]}-N: expected N in 1 … {MOST_SPINS}; got {size}")
    return match[1], size, np.random.default_rng(int(match[3] or 0))


def sherrington_kirkpatrick(n: int, rng: np.random.Generator) -> Drawn:
    """Return J_ij ~ N(0, 1/n) between all pairs (Sherrington & Kirkpatrick 1975)."""
    _check_dense(n)
    J = np.triu(rng.standard_normal((n, n)) / np.sqrt(n), 1)
    return Drawn(IsingEnergy(J + J.T), None)


def bimodal(n: int, rng: np.random.Generator) -> Drawn:
    """Return J_ij = ±1 between all pairs, alike likely: such as K2000."""
    _check_dense(n)
    J = np.triu(rng.choice([-1.0, 1.0], (n, n)), 1)
    return Drawn(IsingEnergy(J + J.T), None)


def planted(n: int, rng: np.random.Generator) -> Drawn:
    """Return the Wishart ensemble: all pairs coupled, with planted spins t as ground states.

    Vectors w_p, p = 1 … n, are drawn normal and made orthogonal to t; then E = ½·Σ_p (w_p·s)²/n
    is nowhere negative, and 0 at s = ±t (Hamze et al. 2020; α = 1).
    """
    _check_dense(n)
    t = rng.choice([-1.0, 1.0], size=n)
    w = rng.standard_normal((n, n))
    w -= np.outer(w @ t, t) / n
    coupling = -(w.T @ w) / n
    return Drawn(IsingEnergy(coupling), 0.0)


def regular(n: int, rng: np.random.Generator, degree: int = 3) -> Drawn:
    """Return antiferromagnetic couplings J = −1 on a random regular graph of degree 3."""
    i, j = regular_edges(n, rng, degree)
    return Drawn(IsingEnergy.from_edges(n, (i, j), -1.0), None)


def regular_edges(
    n: int, rng: np.random.Generator, degree: int = 3
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the edges of a random regular graph; of degree 2 where n is odd."""
    degree = min(degree, n - 1)
    degree -= degree * n % 2
    G = nx.random_regular_graph(degree, n, seed=int(rng.integers(2**31)))
    ends = np.array(sorted(tuple(sorted(edge)) for edge in G.edges), dtype=np.intp).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]


def beasley(n: int, rng: np.random.Generator) -> Floats:
    """Return an upper triangular Q with a tenth of its entries uniform in −100 … 100.

    As the OR-Library's bqp instances are drawn; off the diagonal they are doubled.
    """
    _check_dense(n)
    values = rng.integers(-LARGEST, LARGEST + 1, size=(n, n)).astype(float)
    Q = np.triu(values * (rng.random((n, n)) < DENSITY))
    return np.asarray(2 * Q - np.diag(np.diag(Q)))


def _check_dense(n: int) -> None:
    if n > MOST_DENSE:
        raise ValueError(f"N must be at most {MOST_DENSE} where all pairs are coupled; got {n}")
