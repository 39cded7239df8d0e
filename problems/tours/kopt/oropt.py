"""The classical local search of the hybrid: 2-opt and Or-opt moves over candidate lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from problems.tours.kopt.lanes import Lanes

Array = NDArray[Any]
Integers = NDArray[np.intp]

LONGEST = 3


def best_moves(lanes: Lanes, starts: Integers) -> tuple[Integers, Integers]:
    """Return the edges that the best move at each slot removes, shape (N, K), and how many.

    A 2-opt move joins a slot to a candidate and their neighbours on one side to each other; an
    Or-opt move carries a stretch of up to three slots that the slot ends to between a candidate
    and a neighbour of it (Or 1976; Bentley 1992). One count where no move shortens the tour.
    Slots are visited while they are dirty: don't-look bits.
    """
    near, away = lanes.near[0].take(starts, axis=0), lanes.away[0].take(starts, axis=0)
    found = [
        move
        for side in (0, 1)
        for move in (
            _two_opt(lanes, starts, near, away, side),
            *(_or_opt(lanes, starts, near, away, side, size) for size in range(1, LONGEST + 1)),
        )
    ]
    gain = np.stack([g for g, _ in found])
    best, row = gain.argmax(axis=0), np.arange(len(starts))
    edges = np.full((len(starts), lanes.chains), -1)
    edges[:, :3] = np.stack([e for _, e in found])[best, row]
    count = (edges >= 0).sum(axis=1)
    count[gain[best, row] <= lanes.tolerance] = 1
    return edges, count


def _before(lanes: Lanes, slot: Array, side: int) -> Integers:
    """Return the edge on a side of each slot, by the slot before it."""
    return slot if side == 0 else lanes.beside[slot, 1]


def _two_opt(
    lanes: Lanes, a: Integers, near: Integers, away: Array, side: int
) -> tuple[Array, Integers]:
    b, far = lanes.beside[a, side], lanes.beside[near, side]
    gain = lanes.cut[a, side][:, None] - away + lanes.cut[near, side]
    gain = gain - lanes.between(np.broadcast_to(b[:, None], far.shape), far)
    gain[(near == b[:, None]) | (far == a[:, None])] = -np.inf
    best, row = gain.argmax(axis=1), np.arange(len(a))
    edges = [_before(lanes, a, side), _before(lanes, near[row, best], side), np.full_like(a, -1)]
    return gain[row, best], np.stack(edges, axis=1)


def _or_opt(
    lanes: Lanes, a: Integers, near: Integers, away: Array, side: int, size: int
) -> tuple[Array, Integers]:
    """Move the stretch of `size` slots from a on, away from `side`."""
    stretch = [a]
    for _ in range(size - 1):
        stretch.append(lanes.beside[stretch[-1], 1 - side])
    end, row = stretch[-1], np.arange(len(a))
    b, f = lanes.beside[a, side], lanes.beside[end, 1 - side]
    freed = lanes.cut[a, side] + lanes.cut[end, 1 - side] - lanes.between(b, f)
    inside = np.stack(stretch, axis=1)
    moves = []
    for other in (0, 1):
        d = lanes.beside[near, other]
        gain = freed[:, None] - away + lanes.cut[near, other]
        gain = gain - lanes.between(np.broadcast_to(end[:, None], d.shape), d)
        barred = (near[:, :, None] == inside[:, None]).any(axis=2)
        barred |= (d[:, :, None] == inside[:, None]).any(axis=2)
        gain[barred] = -np.inf
        gain[(b == f) | (b == end)] = -np.inf
        best = gain.argmax(axis=1)
        place = _before(lanes, near[row, best], other)
        moves.append((gain[row, best], place))
    better = moves[1][0] > moves[0][0]
    gain = np.where(better, moves[1][0], moves[0][0])
    place = np.where(better, moves[1][1], moves[0][1])
    edges = [_before(lanes, a, side), _before(lanes, end, 1 - side), place]
    return gain, np.stack(edges, axis=1)
