"""The dense memory of reconnections: one stored pattern for each way to join K chains to a tour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from hopopt import Diagonal, Memory, Network, Softmax

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

MOST_CHAINS = 6
THREADLESS = 2**18


@dataclass(frozen=True, eq=False)
class Reconnections:
    """A dense memory whose patterns are the tours through K oriented chains.

    K removed edges leave K chains, chain 0 pinned where it is. The visible layer holds −d for the
    `pairs` of chain ends, the hidden layer one unit a feasible reconnection μ, with the similarity
    s_μ = −Σ_pairs ξ_μ,pair·d_pair = −(the new edges' length); at T → 0 the winner is the shortest
    reconnection: recall in one step, exact. It is an enumeration written as a memory, and pays
    while the patterns are few: (K − 1)!·2^(K−1) where chains may be reversed, 384 at K = 5, and
    (K − 1)! where not.

    Attributes
    ----------
    pairs : array of int, shape (P, 2)
        Which two ends an edge joins: chain j is entered at end 2j and left at 2j + 1.
    patterns : array, shape (R, P)
        ξ, one where a reconnection uses the edge. Pattern 0 is the tour as it was.
    orders : array of int, shape (R, K)
        The oriented chains in tour order; 2j is chain j as it was, 2j + 1 reversed. Sorted, so
        that ties go to the first in lexicographic order.
    columns : array of int, shape (2K, 2K)
        Which of the pairs joins two ends, from the one that is left to the one that is entered; −1
        where none does.

    Examples
    --------
    >>> memory = reconnections(3)
    >>> memory.patterns.shape, memory.orders[1].tolist()
    ((8, 12), [0, 2, 5])
    """

    pairs: Integers
    patterns: NDArray[np.float32]
    orders: Integers
    columns: Integers

    @cached_property
    def used(self) -> Integers:
        """Columns of the pairs that each reconnection uses, shape (R, K)."""
        return np.asarray(self.columns[self.orders ^ 1, np.roll(self.orders, -1, axis=1)])

    def recall(self, lengths: Floats) -> Integers:
        """Return the winning pattern for each row of `lengths`, shape (N, P), of the pairs.

        Products are taken a few rows at a time, below the size at which BLAS starts threads, which
        would cost more than they bring.
        """
        count, pairs = lengths.shape
        rows = max(1, THREADLESS // self.patterns.size)
        blocks = np.zeros((-(-count // rows), rows, pairs), dtype=np.float32)
        blocks.reshape(-1, pairs)[:count] = lengths
        return np.asarray(
            (blocks @ self.patterns.T).reshape(-1, len(self.orders)).argmin(axis=1)[:count]
        )

    def gain(self, lengths: Floats, orders: Integers) -> Floats:
        """Return how much shorter orders of chains are than the tour as it was."""
        return self._gain(lengths, self.columns[orders ^ 1, np.roll(orders, -1, axis=1)])

    def gain_of(self, lengths: Floats, winner: Integers) -> Floats:
        """Return the `gain` of patterns by their numbers."""
        return self._gain(lengths, self.used.take(winner, axis=0))

    def _gain(self, lengths: Floats, used: Integers) -> Floats:
        old = lengths.take(self.used[0], axis=1).sum(axis=1)
        return np.asarray(old - lengths[np.arange(len(used))[:, None], used].sum(axis=1))

    def weights(self, lengths: Floats) -> Floats:
        """Return W[o, q], shape (N, 2K, 2K): the edge where oriented chain q follows o, or ∞."""
        ends = np.arange(len(self.columns))
        column = self.columns[ends ^ 1]
        W = lengths[:, np.maximum(column, 0)]
        W[:, column < 0] = np.inf
        return W

    def memory(self) -> Memory:
        """Return the same memory as an energy of the core."""
        return Memory(self.patterns, Softmax())

    def network(self, lengths: Floats) -> Network:
        """Return the hidden layer as a core network at T = 0, for `lengths` of shape (..., P).

        Potts units with H = Σ_μ h_μ·(the length of reconnection μ), whose output is the winner.
        """
        costs = lengths @ self.patterns.T
        return Network(Diagonal((len(self.orders),), 0.0, costs), Softmax(), T=0.0)


@lru_cache(maxsize=32)
def reconnections(chains: int, symmetric: bool = True) -> Reconnections:
    """Return the memory for that many chains, 2 to 6; reversed ones only where symmetric."""
    if not 2 <= chains <= MOST_CHAINS:
        raise ValueError(f"chains must lie in 2 … {MOST_CHAINS}; got {chains}")
    turns: tuple[int, ...] = (0, 1) if symmetric else (0,)
    orders = sorted(
        (0, *(2 * j + s for j, s in zip(rest, turned, strict=True)))
        for rest in permutations(range(1, chains))
        for turned in product(turns, repeat=chains - 1)
    )
    edges = [[edge(a, b, symmetric) for a, b in around(order)] for order in orders]
    pairs = sorted({pair for row in edges for pair in row})
    column = {pair: k for k, pair in enumerate(pairs)}
    patterns = np.zeros((len(orders), len(pairs)), dtype=np.float32)
    for row, used in zip(patterns, edges, strict=True):
        row[[column[pair] for pair in used]] = 1
    columns = np.full((2 * chains, 2 * chains), -1)
    for (a, b), k in column.items():
        columns[a, b] = k
        if symmetric:
            columns[b, a] = k
    return Reconnections(np.array(pairs), patterns, np.array(orders), columns)


def edge(a: int, b: int, symmetric: bool) -> tuple[int, int]:
    """Return the ends that are joined where oriented chain b follows a."""
    leaving, entering = a ^ 1, b
    return (min(leaving, entering), max(leaving, entering)) if symmetric else (leaving, entering)


def around(order: tuple[int, ...]) -> Iterable[tuple[int, int]]:
    """Yield each oriented chain with the one that follows it, around the tour."""
    return zip(order, (*order[1:], order[0]), strict=True)
