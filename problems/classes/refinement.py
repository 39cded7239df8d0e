"""Refinement of two sides: nodes move one by one, and the best state on the way is kept."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["Sides", "refined", "weight_between"]

Floats = NDArray[Any]
Side = NDArray[np.bool_]

PASSES, PATIENCE = 8, 60  # moves in a row that bring nothing better


def weight_between(W: sparse.csr_array[Any], side: Side) -> float:
    """Return the weight of the edges between the sides."""
    rows = np.repeat(np.arange(W.shape[0]), np.diff(W.indptr))
    return float(W.data[side[rows] != side[W.indices]].sum() / 2)


def refined(
    W: sparse.csr_array[Any],
    size: Floats,
    side: Side,
    target: float,
    slack: float,
    over: Callable[[], bool] = lambda: False,
) -> Side:
    """Move nodes from side to side while that brings the sides nearer to balance, or cuts less.

    In each pass the node that gains most moves, and no node twice, losses included; the best state
    of the pass is kept.

    Parameters
    ----------
    W : sparse array, shape (n, n)
    size : array, shape (n,)
        The nodes' weights.
    side : array of bool, shape (n,)
    target : float
        What the nodes on the side True should weigh.
    slack : float
        By how much they may weigh more or less.
    over : callable, optional
        Whether the time is over: then a pass ends where the sides are in balance.

    References
    ----------
    Fiduccia & Mattheyses, "A linear-time heuristic for improving network partitions", 1982.
    """
    for _ in range(PASSES):
        sides = Sides(W, size, side, target, slack)
        moved = sides.best_moves(over)
        if not moved:
            break
        side = side.copy()
        side[moved] ^= True
        if over():
            break
    return side


class Sides:
    """One pass: the gain of moving each node, and the moves so far."""

    def __init__(
        self, W: sparse.csr_array[Any], size: Floats, side: Side, target: float, slack: float
    ) -> None:
        self.W, self.slack = W, slack
        self.starts, self.size, self.side = W.indptr.tolist(), size.tolist(), side.tolist()
        rows = np.repeat(np.arange(len(size)), np.diff(W.indptr))
        crosses = side[rows] != side[W.indices]
        gain = np.bincount(rows, np.where(crosses, W.data, -W.data), minlength=len(size))
        self.gain = gain.tolist()
        self.over = float(size[side].sum()) - target
        border = np.flatnonzero(np.bincount(rows, crosses, minlength=len(size)))
        some = border if len(border) and abs(self.over) <= slack else np.arange(len(size))
        self.heaps: tuple[list[tuple[float, int]], ...] = ([], [])
        for node in some.tolist():
            self.heaps[self.side[node]].append((-self.gain[node], node))
        for heap in self.heaps:
            heapify(heap)
        self.moved: list[int] = []
        self.locked: set[int] = set()

    def best_moves(self, over: Callable[[], bool] = lambda: False) -> list[int]:
        """Move until nothing better has come for a while; return the moves up to the best."""
        excess, gained = max(0.0, abs(self.over) - self.slack), 0.0
        best, count, quiet = (excess, 0.0), 0, 0
        while quiet < PATIENCE and (node := self._next()) >= 0:
            gained += self.gain[node]
            self._move(node)
            known = max(0.0, abs(self.over) - self.slack), -gained
            quiet += 1
            if known < best:
                best, count, quiet = known, len(self.moved), 0
            if best[0] == 0 and over():
                break
        return self.moved[:count]

    def _next(self) -> int:
        """Return the node to move next, −1 where there is none: from the side that is too heavy."""
        tops: list[tuple[float, float, int]] = []
        for here, heap in enumerate(self.heaps):
            while heap and not self._is_fresh(*heap[0], here):
                heappop(heap)
            wrong = self.over < -self.slack if here else self.over > self.slack
            if heap and not wrong:
                tops.append((heap[0][0], -self.over if here else self.over, here))
        if not tops:
            return -1
        return heappop(self.heaps[min(tops)[2]])[1]

    def _is_fresh(self, loss: float, node: int, here: int) -> bool:
        return node not in self.locked and self.side[node] == here and -loss == self.gain[node]

    def _move(self, node: int) -> None:
        here = self.side[node]
        self.locked.add(node)
        self.moved.append(node)
        self.side[node] = not here
        self.over += -self.size[node] if here else self.size[node]
        row = slice(self.starts[node], self.starts[node + 1])
        for other, w in zip(self.W.indices[row].tolist(), self.W.data[row].tolist(), strict=True):
            self.gain[other] += 2 * w if self.side[other] == here else -2 * w
            if other not in self.locked:
                heappush(self.heaps[self.side[other]], (-self.gain[other], other))
        self.gain[node] = -self.gain[node]
