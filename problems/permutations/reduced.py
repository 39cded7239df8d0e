"""A quadratic assignment with free places, or facilities that are placed, as one without."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hopopt.core import Order, Placement

Floats = NDArray[np.float64]


class Placing:
    """What is left to be placed: a `Placement` of its own, and the way there and back.

    Fewer facilities than places are filled up with some that have no flow. Those that are placed
    leave the sums: what they have with the others is linear, and what they have with each other a
    constant.

    Parameters
    ----------
    A : array, shape (n, n)
        Flows.
    B : array, shape (m, m)
        Distances, m ≥ n.
    C : array, shape (n, m)
        Costs of a facility at a place.
    fixed : mapping of int to int
        The places of facilities.
    sign : float
        1, or −1 where the cost is to be as high as possible.

    Attributes
    ----------
    placement : Placement
        The form whose least value is looked for.

    Examples
    --------
    >>> A, B = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.0, 3.0], [5.0, 0.0]])
    >>> placing = Placing(A, B, np.zeros((2, 2)), {0: 1}, 1.0)
    >>> placing.places(np.array([0])), placing.worth(placing.placement.value(np.array([0])))
    (array([1, 0]), 8.0)
    """

    def __init__(
        self, A: Floats, B: Floats, C: Floats, fixed: Mapping[int, int], sign: float
    ) -> None:
        self.count, m = len(A), len(B)
        more = m - self.count
        A, C = np.pad(A, (0, more)), np.pad(C, ((0, more), (0, 0)))
        known = dict(list(fixed.items())[: m - 1])  # one at least is left, perhaps with no choice
        self.placed, self.taken = (
            np.array(list(part), dtype=np.intp) for part in (known, known.values())
        )
        self.facilities = np.setdiff1d(np.arange(m), self.placed)
        self.free = np.setdiff1d(np.arange(m), self.taken)
        rest, free, placed, taken = self.facilities, self.free, self.placed, self.taken
        linear = C[np.ix_(rest, free)]
        linear = linear + A[np.ix_(rest, placed)] @ B[np.ix_(free, taken)].T
        linear = linear + A[np.ix_(placed, rest)].T @ B[np.ix_(taken, free)]
        inside = A[np.ix_(placed, placed)] * B[np.ix_(taken, taken)]
        self.constant, self.sign = float(inside.sum() + C[placed, taken].sum()), sign
        flows, ways = A[np.ix_(rest, rest)], B[np.ix_(free, free)]
        self.placement = Placement.of(sign * flows, ways, sign * linear)

    def worth(self, value: float) -> float:
        """Return the cost at which the form has this value."""
        return self.sign * value + self.constant

    def places(self, order: Order) -> Order:
        """Return the place of every facility where the others have this order."""
        places = np.empty(len(self.facilities) + len(self.placed), dtype=np.intp)
        places[self.placed], places[self.facilities] = self.taken, self.free[order]
        return places[: self.count]

    def order(self, places: Order) -> Order:
        """Return the order in which those are that are not placed: the inverse of `places`."""
        m = len(self.facilities) + len(self.placed)
        every = np.concatenate([places, np.setdiff1d(np.arange(m), places)])
        return np.asarray(np.searchsorted(self.free, every[self.facilities]), dtype=np.intp)
