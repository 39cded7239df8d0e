"""The dense memory of reconnections: one stored pattern for each way to join K chains to a tour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from hopopt import Memory, Network, Softmax
from hopopt.energy import Diagonal

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

MOST_CHAINS = 6


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
        The oriented chains in tour order; 2j is chain j as it was, 2j + 1 reversed.
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

    def recall(self, lengths: Floats) -> Integers:
        """Return the winning pattern for each row of `lengths`, shape (N, P), of the pairs."""
        return np.asarray((lengths.astype(np.float32) @ self._columns).argmin(axis=1))

    def gain(self, lengths: Floats, orders: Integers) -> Floats:
        """Return how much shorter orders of chains are than the tour as it was."""
        used = self.columns[orders ^ 1, np.roll(orders, -1, axis=1)]
        old = lengths[:, self.columns[self.orders[0] ^ 1, np.roll(self.orders[0], -1)]]
        return np.asarray((old - np.take_along_axis(lengths, used, 1)).sum(axis=1))

    def weights(self, lengths: Floats) -> Floats:
        """Return W[o, q], shape (N, 2K, 2K): the edge where oriented chain q follows o, or ∞."""
        ends = np.arange(len(self.columns))
        column = self.columns[ends ^ 1]
        W = lengths[:, np.maximum(column, 0)]
        W[:, column < 0] = np.inf
        return W

    @property
    def _columns(self) -> NDArray[np.float32]:
        return self.patterns.T

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
    orders = [
        (0, *(2 * j + s for j, s in zip(rest, turned, strict=True)))
        for rest in permutations(range(1, chains))
        for turned in product(turns, repeat=chains - 1)
    ]
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
