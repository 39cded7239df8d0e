"""The loops of multilevel partition: compiled, or by NumPy on whole arrays."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt.fast import announce, cached, copies, installed, interruptible, loaded
from problems.classes import moves

Integers = NDArray[np.int64]
Floats = NDArray[Any]

PARTS = ("join", "contract", "begin", "aim", "choose", "move", "excess", "settle")
WAYS = ("join", "contract", "settle")
FEWEST = 500  # nodes, below which nobody waits for numba to be imported


class Loops(NamedTuple):
    """The ways in: see `moves`."""

    join: Any
    contract: Any
    settle: Any
    haste: int
    """By how much less patience the moves have."""
    moves: int
    """How many are made from one look at the clock to the next, at most."""


def loops(compiled: bool | None, size: int) -> Loops:
    """Return the loops, compiled where numba is there: True compiles them now if need be."""
    few = size < FEWEST and not loaded()
    if compiled is False or not installed() or (compiled is None and few):
        return INTERPRETED
    made = _compiled()
    if compiled:
        announce("the loops of partition", *made[: len(WAYS)])
        _load(made)
    return made if compiled or cached(*made[: len(WAYS)]) else INTERPRETED


def _load(made: Loops) -> None:
    """Call each loop once, on two nodes."""
    two = np.arange(2)
    graph = np.array([0, 1, 2]), two[::-1].copy(), np.ones(2), np.ones(2)
    made.join(two[:0], two[:0], two.copy())
    made.contract(graph, two, 2)
    made.settle(graph, two.copy(), (np.zeros(2), 1.0, 1.0), (1.0, 1.0, 0.0, 1.0), (1, 1), graph[3])


@lru_cache(maxsize=1)
def _compiled() -> Loops:
    import numba

    made = copies(numba.njit(cache=True), (moves, PARTS))
    return Loops(haste=1, moves=30_000, **{name: interruptible(made[name]) for name in WAYS})


def contract(graph: Any, parent: Any, count: int) -> Any:
    """`moves.contract`, by SciPy."""
    ends, others, weights, size = graph
    rows = parent[np.repeat(np.arange(len(size)), np.diff(ends))]
    apart = rows != parent[others]
    pairs = rows[apart], parent[others][apart]
    coarse = sparse.csr_array(sparse.coo_array((weights[apart], pairs), shape=(count, count)))
    return (*plain(coarse), np.bincount(parent, size, count))


def plain(W: sparse.csr_array[Any]) -> tuple[Integers, Integers, Floats]:
    """Return the arrays of a graph in the types that the loops are compiled for."""
    return W.indptr.astype(np.int64), W.indices.astype(np.int64), W.data.astype(float)


def begin(graph: Any, classes: Any, ballast: Any, unit: float) -> Any:
    """`moves.begin`, by NumPy."""
    ends, others, weights, size = graph
    n, k = len(size), len(ballast)
    rows = np.repeat(np.arange(n), np.diff(ends))
    near = np.bincount(classes[others] * n + rows, weights, n * k).reshape(k, n)
    apart = classes[rows] != classes[others]
    outside = np.bincount(rows[apart], weights[apart], n)
    some = np.flatnonzero(outside > moves.TINY * unit)
    front, place = np.empty(n, np.int64), np.full(n, -1)
    front[: len(some)], place[some] = some, np.arange(len(some))
    load, until = ballast + np.bincount(classes, size, k), np.zeros(n, np.int64)
    books = near, near.sum(0), load, front, place, until, np.full(n, -1)
    return books, len(some), float(outside.sum()) / 2


def choose(
    graph: Any, books: Any, count: int, classes: Any, rule: Any, last: Any, step: int, z: Any
) -> int:
    """`moves.choose`, by NumPy."""
    near, _, load, front, _, until, to = books
    (pressure, tie), (left, came), size = rule, last, graph[3]
    v = front[:count]
    if count > moves.SEEN:
        v = front[(step * moves.SEEN + np.arange(moves.SEEN)) % count]
    c = to[v]
    old = (c < 0) | (c == came) | (near[left, v] > 0)
    stale = v[old]
    there = near[:, stale]
    score = there - (pressure * size[stale]) * load[:, None]
    score[there <= 0] = -np.inf
    score[classes[stale], np.arange(len(stale))] = -np.inf
    best = score.argmax(0)
    best[score[best, np.arange(len(stale))] == -np.inf] = -1
    c[old] = to[stale] = best
    a, m = classes[v], size[v]
    gain = near[c, v] - near[a, v] - pressure * m * (load[c] - load[a] + m)
    gain += tie * z[(v + step) % len(z)]
    gain[(until[v] > step) | (c < 0)] = -np.inf
    found = int(gain.argmax())
    return int(v[found]) if gain[found] > -np.inf else -1


def _arrays(function: Any) -> Any:
    """Return what does a function's work on whole arrays, itself where nothing does."""
    return {"contract": contract, "begin": begin, "choose": choose}.get(function.__name__, function)


_plain = copies(_arrays, (moves, PARTS))
INTERPRETED = Loops(haste=2, moves=1_000, **{name: _plain[name] for name in WAYS})
