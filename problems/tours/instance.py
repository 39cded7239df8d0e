"""What a method sees of a travelling salesman problem."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from problems.tours.distances import Distances
from problems.tours.route import Route


class Instance(Protocol):
    """The cities, the distances between them, and how a closed tour becomes a solution.

    Attributes
    ----------
    size : int
        The cities that a solution visits.
    distances : Distances
        Those among which a closed tour without constraints is looked for: `route.encoded`.
    route : Route
        The constraints, and the given distances.
    """

    @property
    def size(self) -> int: ...
    @property
    def distances(self) -> Distances: ...
    @property
    def route(self) -> Route: ...

    def decode(self, output: NDArray[np.float64]) -> list[Any]:
        """Return the solution that a network's output stands for."""
        ...

    def tour(self, order: ArrayLike) -> list[Any]:
        """Return a permutation of the `distances`' cities as a solution."""
        ...

    def order(self, x: Sequence[Hashable]) -> NDArray[np.intp]:
        """Return a solution as city numbers."""
        ...

    def given(self, initial: Any) -> Any:
        """Return a feasible solution that is given to begin with, or refuse it."""
        ...

    def cost(self, x: Sequence[Hashable]) -> float:
        """Return a solution's length."""
        ...
