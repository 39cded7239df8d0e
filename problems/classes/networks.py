"""Networks that part a graph: bipolar units in balance, Potts units under pressure to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import eigsh

from hopopt import (
    Balance,
    Diagonal,
    Energy,
    ExponentialEuler,
    Kronecker,
    Lagrangian,
    Monitor,
    Network,
    Penalty,
    Quadratic,
    Softmax,
    Tanh,
    anneal,
)

__all__ = ["annealed", "balanced", "seated", "second_eigenvalue", "sides"]

START = 0.01
BIPOLAR_COLD, POTTS_COLD = 0.03, 0.15
BALANCE = 1.5  # times the mean weight over all pairs, the least that keeps classes from merging
SMALL = 80  # nodes, up to which all eigenvalues are found
DENSE = 1_000_000  # entries of a matrix, from which it is stored sparse
HALVING = ExponentialEuler(float(np.log(2)), max_steps=1, tol=0, descends=False)
FAST = ExponentialEuler(0.5, max_steps=1, tol=0, descends=False)

Graph = sparse.csr_array[Any]
Array = NDArray[Any]
Classes = NDArray[np.intp]


def second_eigenvalue(W: Graph) -> float:
    """Return the second largest eigenvalue of the weights: the first that balance leaves free."""
    if W.shape[0] <= SMALL:
        return float(np.sort(np.linalg.eigvalsh(W.toarray()))[-2:].min()) or 1.0
    start = np.linspace(1, 2, W.shape[0])
    return float(eigsh(W, 2, which="LA", v0=start, tol=1e-3, return_eigenvectors=False).min())


def balanced(W: Graph, k: int) -> Energy:
    """Return −½·Σ_ij w_ij·Σ_c v_ic·v_jc + (λ/2)·Σ_c (Σ_i v_ic − n/k)² on outputs (n, k).

    λ is one and a half times the mean weight over all pairs of nodes.
    """
    n = W.shape[0]
    pairs = max(1.0, float(n * n - n))
    cut = Kronecker(-W, None, shape=(n, k))
    sums = (
        np.kron(np.ones(n), np.eye(k))
        if n * k * k < DENSE
        else sparse.kron(np.ones((1, n)), sparse.eye_array(k))
    )
    each = np.full(k, n / k)
    return cut + Penalty(sums, each, BALANCE * float(W.data.sum()) / pairs, shape=(n, k))


def annealed(
    W: Graph,
    size: Array,
    k: int,
    rng: np.random.Generator,
    monitor: Monitor,
    *,
    replicas: int,
    stages: int,
    field: float = 0.0,
    more: float = 0.0,
) -> Array:
    """Return the outputs of units that were cooled, a stage a step: (replicas, n), or (…, n, k).

    Two classes are the signs of bipolar units on the domain Σ m_i·v_i = `more`, H = −½·vᵀWv: T
    falls from the second eigenvalue λ₂ of W, where the sides part, to 3 % of it. More classes are
    softmax units, of nodes that weigh 1, and H is `balanced`: T falls from λ₂/k to 15 % of that. A
    random field fades out, of a strength of its own in each replica.

    Parameters
    ----------
    W : sparse array, shape (n, n)
    size : array, shape (n,)
        The nodes' weights m.
    k : int
        How many classes.
    rng : numpy.random.Generator
    monitor : Monitor
    replicas, stages : int
    field : float, default 0
        Half of the replicas have a field; this is the strongest, in units of the first T.
    more : float, default 0
        By how much the upper side of two is to weigh more.
    """
    shape = (W.shape[0],) if k == 2 else (W.shape[0], k)
    if not W.nnz:
        return rng.standard_normal((replicas, *shape))
    hot, two = max(second_eigenvalue(W), float(W.data.mean())), k == 2
    units: Lagrangian = Balance(Tanh(), size, more, tol=1e-6) if two else Softmax(axis=1)
    energy: Energy = Quadratic(-W) if two else balanced(W, k)
    hot, cold = (hot, BIPOLAR_COLD) if two else (hot / k, POTTS_COLD)
    each = (replicas, *(1 for _ in shape))
    fading = np.zeros((replicas, *shape))
    if field:
        strength = hot * np.maximum(rng.uniform(-field, field, each), 0)
        fading = strength * rng.standard_normal((replicas, *shape))

    def cooled() -> Iterator[Network]:
        for f in np.linspace(0, 1, stages):
            part = energy + Diagonal(shape, c=(1 - f) * fading) if field else energy
            yield Network(part, units, T=hot * cold**f)

    start = START * hot * rng.standard_normal((replicas, *shape))
    move = HALVING if two else FAST
    return anneal(cooled(), move, start, monitor=monitor.silent()).uninterrupted().v


def sides(v: Array, size: Array, target: float) -> NDArray[np.bool_]:
    """Return the nodes of the largest outputs that together weigh nearest to the target."""
    order = np.argsort(-v, kind="stable")
    count = int(np.abs(np.cumsum(size[order]) - target).argmin()) + 1
    side = np.zeros(len(v), dtype=bool)
    side[order[:count]] = True
    return side


def seated(v: Array) -> Classes:
    """Decode outputs (n, k): the surest nodes first, each to its largest output that has room.

    Of bipolar outputs (n,), the upper half is one class.
    """
    if v.ndim == 1:
        return sides(v, np.ones(len(v)), len(v) / 2).astype(np.intp)
    n, k = v.shape
    room = np.full(k, n // k)
    extra = n % k
    two = np.sort(v, axis=1)[:, -2:]
    order = np.argsort(two[:, 0] - two[:, -1], kind="stable")
    if k == 2:
        classes = np.asarray(v.argmax(axis=1))
        full = int(2 * classes.sum() > n)
        classes[order[classes[order] == full][room[0] + extra :]] = 1 - full
        return classes
    classes = np.empty(n, dtype=np.intp)
    for node in order.tolist():
        wanted = np.where(room > 0, v[node], -1.0)
        if extra:
            wanted = np.where(room == 0, v[node], wanted)
        c = int(wanted.argmax())
        extra -= int(room[c] == 0)
        room[c] -= 1
        classes[node] = c
    return classes
