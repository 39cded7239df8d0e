"""Proofs for a few cities: cutting planes, and branching by HiGHS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, linprog
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from hopopt.core import now
from problems.shared.highs import zero_one
from problems.tours.distances import Distances
from problems.tours.linked import Linked

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

CITIES = 200
NEAREST = 8
WHOLES = (0.99, 0.75, 0.5, 0.3)
VIOLATED, CHEAPER = 1e-6, 1e-9
LEAST_SECONDS = 0.01
PROGRAM, FOREVER = 0.1, 1e9  # seconds for a linear program: at least, and at most


class Proof(NamedTuple):
    """What is known of all tours.

    Attributes
    ----------
    bound : float
        None is shorter.
    order : array of int, or None
        The shortest, if it was found.
    """

    bound: float
    order: Ints | None = None


@dataclass(frozen=True, eq=False)
class Relaxation:
    """A solved relaxation: each edge's share, and what it costs more than the bound allows for."""

    bound: float
    share: Floats
    reduced: Floats


class CuttingPlanes:
    """Tours as a linear program, whose cutting planes are found as they are broken.

    min Σ d_ij·x_ij with 0 ≤ x ≤ 1, two edges at every city (one in and one out where distances are
    asymmetric), and two edges at least (one out) between any cities S and the others. The program
    begins with each city's nearest neighbours and no S; sets that are broken are found by minimum
    cuts, edges that are missing by their reduced costs (Dantzig, Fulkerson & Johnson 1954). Its
    optimum is the bound of Held and Karp's 1-trees.

    The bound is computed from the multipliers π and μ ≥ 0: whatever they are, no tour is shorter
    than 2·Σπ + 2·Σμ + Σ min(0, reduced cost), so that no tolerance of the solver weakens it.

    Parameters
    ----------
    distances : Distances
        Between 4 cities or more: n² edges are looked at.
    upper : float, optional
        The length of a known tour: edges that no shorter one can have are left out, and the bounds
        hold up to it.

    References
    ----------
    Dantzig, Fulkerson & Johnson, "Solution of a large-scale traveling-salesman problem", 1954;
    Huangfu & Hall, "Parallelizing the dual revised simplex method", 2018 (HiGHS).

    Examples
    --------
    >>> from problems.tours import PointDistances
    >>> planes = CuttingPlanes(PointDistances([[0, 0], [0, 3], [4, 3], [4, 0], [2, 1]]))
    >>> round(planes.relax(), 4), planes.branch(np.inf).order.tolist()
    (14.4721, [0, 1, 2, 3, 4])
    """

    def __init__(self, distances: Distances, upper: float = np.inf) -> None:
        n, self.symmetric = distances.n, distances.symmetric
        self.n, self.least = n, 2 if self.symmetric else 1
        loops = np.eye(n, dtype=bool)
        tails, heads = np.triu_indices(n, 1) if self.symmetric else np.nonzero(~loops)
        costs, stays = distances(tails, heads), np.zeros(len(tails), dtype=bool)
        if isinstance(distances, Linked):
            stays = distances.linked(tails, heads)
            costs = costs + distances.bonus * stays
        short = (costs <= upper) | stays
        self.tails, self.heads, self.stays = tails[short], heads[short], stays[short]
        self.unit = float(np.median(costs[short])) or 1.0
        self.costs, self.upper = costs[short] / self.unit, upper / self.unit
        self.sets: dict[tuple[int, ...], Bools] = {}
        self.relaxed = Relaxation(-np.inf, np.zeros(len(self.costs)), self.costs)

    def relax(self, deadline: float = np.inf) -> float:
        """Return the bound of all cutting planes, or of those that there was time for, if any."""
        active, best = self._near() | self.stays, self.relaxed
        while best is self.relaxed or now() < deadline:
            some = np.flatnonzero(active)
            found = self._solved(some, deadline)
            if found is self.relaxed:
                break
            if found is None:
                if active.all():
                    best = replace(best, bound=self.upper)
                    break
                active[:] = True
                continue
            best = found if found.bound >= best.bound else best
            missing = (found.reduced < -CHEAPER * abs(self.costs).max()) & ~active
            broken = dict(self._broken(some, found.share[some]))
            self.sets.update(broken)
            active |= missing
            if not broken and not missing.any():
                break
        self.relaxed = replace(best, bound=min(best.bound, self.upper))
        return float(self.relaxed.bound * self.unit)

    def branch(self, cutoff: float, deadline: float = np.inf) -> Proof:
        """Look for a tour shorter than a cutoff by branch and bound, as long as there is time.

        Edges whose reduced costs exclude them from such tours are left out; what splits into
        several cycles is cut, and solved again.
        """
        relaxed, limit = self.relaxed, min(cutoff / self.unit, self.upper)
        bound = relaxed.bound
        if bound >= limit:
            return Proof(limit * self.unit)
        room = limit - bound + CHEAPER * abs(self.costs).max()
        some = np.flatnonzero((relaxed.reduced <= room) | self.stays)
        least = np.maximum(self.stays, relaxed.reduced < -room)[some].astype(float)
        while deadline - now() > LEAST_SECONDS:
            found = self._integral(some, least, deadline)
            if found.status == 2 or (found.status == 0 and found.fun >= limit):
                return Proof(limit * self.unit)
            bound = max(bound, min(limit, float(found.mip_dual_bound or -np.inf)))
            if found.status:
                break
            taken = some[found.x > 0.5]
            cycles = self._components(taken)
            if () in cycles:
                return Proof(float(self.costs[taken].sum()) * self.unit, self._order(taken))
            self.sets.update(cycles)
        return Proof(bound * self.unit)

    def _integral(self, some: Ints, least: Floats, deadline: float) -> OptimizeResult:
        """Solve the program of some edges in whole numbers, each at least what is said."""
        rows, low, high = self._rows(some)
        found: OptimizeResult = zero_one(
            self.costs[some], rows, low, high, lambda: deadline - now(), least
        )
        return found

    def _near(self) -> Bools:
        """Return which edges lead to one of a city's nearest."""
        n = self.n
        matrix = np.full((n, n), np.inf)
        matrix[self.tails, self.heads] = self.costs
        if self.symmetric:
            matrix[self.heads, self.tails] = self.costs
        count = min(NEAREST, n - 1)
        near = np.zeros((n, n), dtype=bool)
        np.put_along_axis(near, np.argpartition(matrix, count - 1, 1)[:, :count], True, 1)
        np.put_along_axis(near, np.argpartition(matrix, count - 1, 0)[:count], True, 0)
        if self.symmetric:
            near |= near.T
        return np.asarray(near[self.tails, self.heads])

    def _rows(self, some: Ints) -> tuple[Any, Floats, Floats]:
        """Return the constraints on some edges, and what they are at least and at most."""
        tails, heads, n = self.tails[some], self.heads[some], self.n
        edge, ones = np.arange(len(some)), np.ones(len(some))
        out = csr_array((ones, (tails, edge)), shape=(n, len(some)))
        into = csr_array((ones, (heads, edge)), shape=(n, len(some)))
        cities = [out + into] if self.symmetric else [out, into]
        cuts = [csr_array(self._leaves(S, some).astype(float)[None]) for S in self.sets.values()]
        equal = self.least * np.ones(n * len(cities))
        least = np.concatenate([equal, self.least * np.ones(len(cuts))])
        most = np.concatenate([equal, np.full(len(cuts), np.inf)])
        return vstack(cities + cuts).tocsr(), least, most

    def _leaves(self, inside: Bools, some: Ints) -> Bools:
        """Return which edges lead out of a set of cities."""
        a, b = inside[self.tails[some]], inside[self.heads[some]]
        return np.asarray(a != b if self.symmetric else a & ~b)

    def _solved(self, some: Ints, deadline: float) -> Relaxation | None:
        """Solve the program on some edges, or return None where it has no solution.

        What is known already comes back where the time was over: a program has `PROGRAM` at least.
        """
        rows, least, _ = self._rows(some)
        cities = len(least) - len(self.sets)
        bounds: Any = np.stack([self.stays[some], np.ones(len(some))], axis=1)
        found = linprog(
            self.costs[some],
            A_eq=rows[:cities],
            b_eq=least[:cities],
            A_ub=-rows[cities:] if self.sets else None,
            b_ub=-least[cities:] if self.sets else None,
            bounds=bounds,
            options={"time_limit": min(max(deadline - now(), PROGRAM), FOREVER)},
        )
        if found.status == 2:
            return None
        if found.x is None:
            return self.relaxed
        share = np.zeros(len(self.costs))
        share[some] = found.x
        prices = np.concatenate([found.eqlin.marginals, np.maximum(0, -found.ineqlin.marginals)])
        everyone = np.arange(len(self.costs))
        reduced = self.costs - self._rows(everyone)[0].T @ prices
        slack = np.minimum(0, reduced) + np.maximum(0, reduced) * self.stays
        return Relaxation(float(least @ prices + slack.sum()), share, reduced)

    def _broken(self, some: Ints, share: Floats) -> Iterator[tuple[tuple[int, ...], Bools]]:
        """Yield sets of cities that too little leads out of."""
        found = 0
        for whole in (0.0, *WHOLES):
            for key, inside in self._components(some[share > max(whole, VIOLATED)]).items():
                leaving = share[self._leaves(inside, some)].sum()
                if key and key not in self.sets and leaving < self.least - VIOLATED:
                    found += 1
                    yield key, inside
            if found and not whole:
                return
        if not found:
            yield from self._cut(some, share)

    def _components(self, some: Ints) -> dict[tuple[int, ...], Bools]:
        """Return the components of some edges: one, of no cities, where they connect all."""
        graph = csr_array((np.ones(len(some)), (self.tails[some], self.heads[some])), (self.n,) * 2)
        count, label = connected_components(graph, directed=False)
        return dict(_named(label == k) for k in range(count))

    def _cut(self, some: Ints, share: Floats) -> Iterator[tuple[tuple[int, ...], Bools]]:
        """Yield the set that least leads out of, if that is too little."""
        graph: nx.Graph[int] = nx.Graph()
        used = share > VIOLATED
        ends = self.tails[some][used].tolist(), self.heads[some][used].tolist()
        for a, b, x in zip(*ends, share[used].tolist(), strict=True):
            graph.add_edge(a, b, weight=x + (graph[a][b]["weight"] if graph.has_edge(a, b) else 0))
        weight, (side, _) = nx.stoer_wagner(graph)
        if weight < 2 - VIOLATED:
            inside = np.zeros(self.n, dtype=bool)
            inside[list(side)] = True
            key, inside = _named(inside)
            if key not in self.sets:
                yield key, inside

    def _order(self, taken: Ints) -> Ints:
        """Return the tour that some edges make."""
        following: dict[int, list[int]] = {}
        for a, b in zip(self.tails[taken].tolist(), self.heads[taken].tolist(), strict=True):
            following.setdefault(a, []).append(b)
            if self.symmetric:
                following.setdefault(b, []).append(a)
        order, before = [0], -1
        while len(order) < self.n:
            ways = [city for city in following[order[-1]] if city != before]
            before = order[-1]
            order.append(ways[0])
        return np.array(order)


def _named(inside: Bools) -> tuple[tuple[int, ...], Bools]:
    """Return a set of cities, or the others where they are fewer, and its name."""
    if 2 * inside.sum() > len(inside):
        inside = ~inside
    return tuple(np.flatnonzero(inside).tolist()), inside
