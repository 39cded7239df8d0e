"""First tours where the time is short: a curve, greedy fragments, then many small moves at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hopopt import Monitor
from hopopt.core import now
from problems.tours.distances import Distances, PointDistances
from problems.tours.linkern.candidates import distinct
from problems.tours.linkern.engine import SLIM, SLIM_NODES
from problems.tours.linkern.kernel import INTERPRETED
from problems.tours.linkern.layout import Layout
from problems.tours.linkern.pool import SPACE
from problems.tours.linkern.sliding import slid
from problems.tours.linkern.start import greedy
from problems.tours.neighbours import others

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

NEAREST = 6
WINDOW, REACH, PASSES = 20_000, 1000, 30
SEGMENTS = (1, 2, 3)
LEAST = 1e-9
GREEDY_SECONDS, NODE_SECONDS, SLIM_SECONDS, MATRIX_SECONDS = 7e-6, 4.5e-5, 1.4e-5, 1.2e-7
ANSWER_SECONDS, ROW_SECONDS = 1e-6, 5e-8
NEXT_SECONDS, MATRIX_SHARE, PROBES = 1e-8, 0.25, 64


def quick_tours(layout: Layout, monitor: Monitor) -> Iterator[Ints]:
    """Yield tours of the nodes, each longer in the making than the last, and mostly better.

    With coordinates: along their Hilbert curve; where there is no time for more, that tour after
    moves inside short windows (`slid`); the greedy tour of each node's six nearest; and that one
    after rounds of 2-opt and or-opt moves (`Moves`), of which a round makes as many as do not meet.
    Without: from nearest to nearest.
    """
    points, n = layout.geometry, layout.n
    if points is None:
        yield nearest_next(layout)
        return
    if layout.directed or not len(layout.links):
        yield np.arange(n)
    if layout.directed or layout.gate:
        return
    tree = cKDTree(points)
    seconds = GREEDY_SECONDS * n + neighbour_seconds(points, tree)
    if monitor.remaining() < seconds:
        if not len(layout.links) and not layout.looked_up:
            late = ANSWER_SECONDS * n
            yield from slid(np.arange(n), layout.apart, lambda: monitor.remaining() < late)
        return
    near = others(tree, points, np.arange(n), min(NEAREST, n - 1))
    low, high = np.sort([np.repeat(np.arange(n), near.shape[1]), near.ravel()], axis=0)
    pairs = np.stack(np.divmod(distinct(low * n + high), n), axis=1)
    lengths = layout.apart(pairs[:, 0], pairs[:, 1])
    order = greedy(layout, pairs, lengths, INTERPRETED, lambda array: array.ravel().tolist())
    yield order
    if len(layout.links) or layout.looked_up or n <= 8:
        return
    for turn in range(PASSES):
        gained = False
        for first in range(0, n, WINDOW):
            window = order[first : first + WINDOW]
            gained |= Moves(layout, window, near).make()
            if monitor.over():
                break
        yield order
        if not gained:
            return
        order = np.roll(order, (turn + 1) * WINDOW // 3)


def neighbour_seconds(points: Floats, tree: cKDTree | None = None) -> float:
    """Return about how long the neighbours of points take where they are of more than space."""
    n = len(points)
    if points.shape[1] <= SPACE:
        return 0.0
    tree = cKDTree(points) if tree is None else tree
    few = np.linspace(0, n - 1, min(n, PROBES)).astype(np.intp)
    began = now()
    others(tree, points, few, min(NEAREST, n - 1))
    return float((now() - began) * n / len(few))


def pair_seconds(layout: Layout) -> float:
    """Return about how long one distance takes, by some of them."""
    one, n = np.repeat(np.arange(PROBES // NEAREST), NEAREST), layout.n
    began = now()
    layout.apart(2 * one % n, (2 * np.arange(len(one)) + n // 2) % n)
    return (now() - began) / len(one)


def thrifty(layout: Layout, time_left: float) -> Layout:
    """Return a layout that makes no matrix where that would take much of the time."""
    pair, cities = MATRIX_SECONDS, len(layout.city)
    if isinstance(layout.inner, PointDistances):
        pair += pair_seconds(layout)
    if layout.geometry is not None or pair * cities**2 < MATRIX_SHARE * time_left:
        return layout
    return Layout(layout.distances, thrifty=True)


def seconds_to_yield(layout: Layout) -> float:
    """Return about how long the quick tours of a layout take until the greedy one is there."""
    return GREEDY_SECONDS * layout.n if layout.geometry is not None else NEXT_SECONDS * layout.n**2


def seconds_at_least(distances: Distances) -> float:
    """Return about how long a search takes to begin, as far as that is known without a layout."""
    n = distances.n
    if not isinstance(distances, PointDistances):
        return ROW_SECONDS * n**2 / 2
    return (NODE_SECONDS if n < SLIM_NODES else SLIM_SECONDS) * n


def seconds_to_begin(layout: Layout) -> float:
    """Return about how long it takes to choose candidates and lay out a search."""
    n, m, points = layout.n, len(layout.city), layout.geometry
    if points is None:
        return ROW_SECONDS * m**2 / (2 if layout.thrifty else 1)
    laid_out = (NODE_SECONDS if n < SLIM_NODES else SLIM_SECONDS) * n
    asked = 2 * SLIM * n * pair_seconds(layout) if layout.looked_up else 0.0
    return laid_out + asked + 2 * neighbour_seconds(points)


def nearest_next(layout: Layout) -> Ints:
    """Return the tour that goes on to the nearest city not yet visited, by the matrix."""
    matrix, here, tour = layout.matrix(), 0, [0]
    passed = np.zeros(len(matrix))
    for _ in range(len(matrix) - 1):
        passed[here] = np.inf
        here = int((matrix[here] + passed).argmin())
        tour.append(here)
    rows = np.array(tour)
    return np.stack([2 * rows, 2 * rows + 1], axis=1).ravel() if layout.directed else rows


class Found(NamedTuple):
    """Moves inside a window of a tour.

    Attributes
    ----------
    low, high : array of int
        The positions that a move orders anew.
    gain : array
    shift : array of int
        0 reverses them; s > 0 puts the first s behind the others, s < 0 the last before them.
    turned : array of bool
        Whether those that are put elsewhere are reversed.
    """

    low: Ints
    high: Ints
    gain: Floats
    shift: Ints
    turned: NDArray[np.bool_]


class Moves:
    """The 2-opt and or-opt moves of a stretch of a tour, to near cities, and the best made at once.

    Parameters
    ----------
    layout : Layout
    tour : array of int
        The stretch, which is changed; its first and last city stay.
    near : array of int, shape (n, k)
        Candidates of each node.
    """

    def __init__(self, layout: Layout, tour: Ints, near: Ints) -> None:
        self.tour, self.apart, m = tour, layout.apart, len(tour)
        place = np.full(layout.n, -1)
        place[tour] = np.arange(m)
        self.places = place[near[tour]]
        self.inside = (self.places >= 1) & (self.places <= m - 2)
        self.reach = self.apart(tour[:, None], near[tour])
        self.steps = self.apart(tour[:-1], tour[1:])

    def make(self) -> bool:
        """Make those that gain most, and do not meet; return whether there were any."""
        parts = [self._crossings(1), self._crossings(0), *map(self._insertions, SEGMENTS)]
        found = Found(*map(np.concatenate, zip(*parts, strict=True)))
        near = found.high - found.low < REACH
        order = np.argsort(-found.gain, kind="stable")
        order = order[near[order]]
        _, first = np.unique(found.low[order], return_index=True)
        taken, made = np.zeros(len(self.tour), dtype=bool), 0
        for k in order[np.sort(first)].tolist():
            low, high = int(found.low[k]), int(found.high[k])
            if not taken[low - 1 : high + 1].any():
                taken[low - 1 : high + 1] = True
                self._change(low, high, int(found.shift[k]), bool(found.turned[k]))
                made += 1
        return made > 0

    def _change(self, low: int, high: int, shift: int, turned: bool) -> None:
        part = self.tour[low : high + 1]
        if shift == 0:
            part[:] = part[::-1].copy()
            return
        moved, rest = (part[:shift], part[shift:]) if shift > 0 else (part[shift:], part[:shift])
        moved = moved[::-1] if turned else moved
        part[:] = np.concatenate([rest, moved] if shift > 0 else [moved, rest])

    def _crossings(self, ahead: int) -> Found:
        """Return 2-opt moves: join each city to a near one, and those behind (or ahead of) both."""
        tour, step, m = self.tour, self.steps, len(self.tour)
        away = np.append(step, np.inf) if ahead else np.insert(step, 0, np.inf)
        gain = away[:, None] + away[self.places] - self.reach
        gain[[0, m - 1]] = -np.inf
        p, k = np.nonzero(self.inside & (gain > LEAST))
        q, side = self.places[p, k], 1 if ahead else -1
        gain = gain[p, k] - self.apart(tour[p + side], tour[q + side])
        low, high = np.minimum(p, q) + ahead, np.maximum(p, q) - (1 - ahead)
        good = (gain > LEAST) & (low <= high)
        none = np.zeros(int(good.sum()), dtype=np.intp)
        return Found(low[good], high[good], gain[good], none, none > 0)

    def _insertions(self, size: int) -> Found:
        """Return or-opt moves: put `size` cities beside one that is near to an end of theirs."""
        tour, m = self.tour, len(self.tour)
        p = np.arange(1, max(1, m - size - 1))
        ends, last = (p, p + size - 1), p + size - 1
        freed = self.steps[p - 1] + self.steps[p + size - 1]
        freed = freed - self.apart(tour[p - 1], tour[p + size])
        parts = []
        for end, other in (ends, ends[::-1]):
            gain = freed[:, None] - self.reach[end]
            for side in (1, -1):
                i, k = np.nonzero(self.inside[end] & (gain > LEAST))
                q = self.places[end[i], k]
                gap = np.minimum(q, q + side)
                won = gain[i, k] - self.apart(tour[other[i]], tour[q + side]) + self.steps[gap]
                behind = gap >= last[i] + 1
                low = np.where(behind, p[i], gap + 1)
                high = np.where(behind, gap, last[i])
                good = (won > LEAST) & (behind | (gap + 1 < p[i])) & (gap >= 0) & (high <= m - 2)
                turned = (side == 1) != (end is p)
                shift = np.where(behind, size, -size)
                parts.append([x[good] for x in (low, high, won, shift, np.full(len(i), turned))])
        return Found(*map(np.concatenate, zip(*parts, strict=True)))
