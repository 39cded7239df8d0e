"""Tabu search over permutations: two things exchange their places (robust tabu search)."""

from __future__ import annotations

import numpy as np

from hopopt.core import Array, Order, Placement
from hopopt.search import TabuSearch

TENURE = (0.2, 1.8)  # in units of n


class SwapMoves:
    """Exchanges of the images of two rows, for one replica.

    An exchange is tabu where it would send both rows back to images that each had not long ago.

    Parameters
    ----------
    placement : Placement
    p : array of int, shape (n,)
        The first permutation.

    References
    ----------
    Taillard, "Robust taboo search for the quadratic assignment problem", 1991.
    """

    def __init__(self, placement: Placement, p: Order) -> None:
        n = placement.size
        self.placement, self.most = placement, n * n
        self.state, self.value = p[None].copy(), np.array([placement.value(p)])
        self._until = np.zeros((n, n))
        self._above = np.triu(np.ones((n, n), dtype=bool), 1)

    def rises(self) -> Array:
        if self.placement.size < 2:
            return np.zeros((1, 0))
        delta = self.placement.exchanges(self.state[0])
        self._delta = delta
        return np.where(self._above, delta, np.inf).reshape(1, -1)

    def tabu(self, step: int) -> Array:
        recent = self._until[:, self.state[0]] > step
        return (recent & recent.T & self._above).reshape(1, -1)

    def tenures(self, z: Array) -> Array:
        low, high = TENURE
        return np.asarray(self.placement.size * (low + (high - low) * z))

    def make(self, chosen: Array, step: int, tenure: Array) -> None:
        r, s = divmod(int(chosen[0]), self.placement.size)
        p = self.state[0]
        self._until[r, p[r]] = step + tenure[0, 0]
        self._until[s, p[s]] = step + tenure[1, 0]
        self.value += self._delta[r, s]
        p[[r, s]] = p[[s, r]]

    def admits(self) -> Array:
        return np.ones(1, dtype=bool)


def tabu_search(placement: Placement, p: Order, rng: np.random.Generator) -> TabuSearch:
    """Return the search that starts from a permutation."""
    return TabuSearch(SwapMoves(placement, p), rng, least=placement.rounding)
