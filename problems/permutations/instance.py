"""What a method sees of a quadratic assignment."""

from __future__ import annotations

from typing import Any, Protocol

from hopopt.core import Array, Order, Placement


class Instance(Protocol):
    """What the methods see of a problem: matrices, the form of its cost, and what is made of it.

    Attributes
    ----------
    A, B : arrays, shape (n, n)
    alone : bool
        Whether these two matrices are all there is.
    placement : Placement
        H(p).
    """

    @property
    def alone(self) -> bool: ...
    @property
    def A(self) -> Array: ...
    @property
    def B(self) -> Array: ...
    @property
    def placement(self) -> Placement: ...

    def worth(self, value: float) -> float:
        """Return the cost at which H has this value."""
        ...

    def loss(self, cost: float) -> float:
        """Return what is to be minimised."""
        ...

    def order(self, x: Any) -> Order:
        """Return the permutation that a solution is."""
        ...

    def solution(self, order: Order) -> Any:
        """Return the solution that a permutation is."""
        ...

    def decode(self, output: Array) -> Any:
        """Return the solution that outputs stand for."""
        ...
