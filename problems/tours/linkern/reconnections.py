"""The dense memory of reconnections: one stored pattern for each way to join K chains to a tour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hopopt import Diagonal, Majorize, Memory, Monitor, Network, Softmax
from problems.tours.linkern.recall import ROW, weigh

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

MOST_CHAINS = 6
ONE_STEP = Majorize(max_steps=1, tol=0)


@dataclass(frozen=True, eq=False)
class Reconnections:
    """A dense memory whose patterns are the tours through K oriented chains.

    K removed edges leave K chains, chain 0 pinned where it is. The visible layer holds −d for the
    `pairs` of chain ends, the hidden layer one unit a feasible reconnection μ, with the similarity
    s_μ = −Σ_pairs ξ_μ,pair·d_pair = −(the new edges' length); at T → 0 the winner is the shortest
    reconnection: recall in one step, exact. It is an exhaustive choice written as a memory, and
    pays while the patterns are few: (K − 1)!·2^(K−1), 384 at K = 5. The search decides by a loop,
    `recall.decide`, which gives what this network's output is.

    Attributes
    ----------
    pairs : array of int, shape (P, 2)
        Which two ends an edge joins: chain j is entered at end 2j and left at 2j + 1.
    patterns : array, shape (R, P)
        ξ, one where a reconnection uses the edge. Pattern 0 is the tour as it was.
    orders : array of int, shape (R, K)
        The oriented chains in tour order; 2j is chain j as it was, 2j + 1 reversed. Sorted, so
        that ties go to the first in lexicographic order.

    Examples
    --------
    >>> memory = reconnections(3)
    >>> memory.patterns.shape, memory.orders[1].tolist()
    ((8, 12), [0, 2, 5])
    """

    pairs: Ints
    patterns: Floats
    orders: Ints

    def memory(self) -> Memory:
        """Return the memory as an energy of the core."""
        return Memory(self.patterns, Softmax())

    def network(self, lengths: Floats) -> Network:
        """Return the hidden layer as a core network at T = 0, for `lengths` of shape (..., P).

        Potts units with H = Σ_μ h_μ·(the length of reconnection μ), whose output is the winner.
        """
        costs = lengths @ self.patterns.T
        return Network(Diagonal((len(self.orders),), 0.0, costs), Softmax(), T=0.0)


@lru_cache(maxsize=8)
def reconnections(chains: int) -> Reconnections:
    """Return the memory for that many chains, 2 to 6."""
    if not 2 <= chains <= MOST_CHAINS:
        raise ValueError(f"chains must lie in 2 … {MOST_CHAINS}; got {chains}")
    orders = sorted(
        (0, *(2 * j + s for j, s in zip(rest, turned, strict=True)))
        for rest in permutations(range(1, chains))
        for turned in product((0, 1), repeat=chains - 1)
    )
    edges = [[(min(a ^ 1, b), max(a ^ 1, b)) for a, b in around(order)] for order in orders]
    pairs = sorted({pair for row in edges for pair in row})
    column = {pair: k for k, pair in enumerate(pairs)}
    patterns = np.zeros((len(orders), len(pairs)))
    for row, used in zip(patterns, edges, strict=True):
        row[[column[pair] for pair in used]] = 1
    return Reconnections(np.array(pairs), patterns, np.array(orders))


def around(order: tuple[int, ...]) -> Iterable[tuple[int, int]]:
    """Yield each oriented chain with the one that follows it, around the tour."""
    return zip(order, (*order[1:], order[0]), strict=True)


def recall(nodes: Any, tour: Any, chains: Any, k: Any) -> Any:
    """Order k chains by the core's network and motion, and return what that gains."""
    weigh(nodes, tour, chains, k)
    memory = reconnections(k)
    lengths = np.array([chains.joined[(a ^ 1) * ROW + b] for a, b in memory.pairs.tolist()])
    network = memory.network(lengths)
    start = np.zeros(len(memory.orders))
    rest = ONE_STEP.run(network, start, Monitor(record=False))
    winner = int(network.output(rest.u)[0].argmax())
    chains.order[:k] = memory.orders[winner].tolist()
    return float(rest.u[winner] - rest.u[0])
