"""Tours as permutations of city numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["as_tour"]


def as_tour(order: ArrayLike, n: int) -> NDArray[np.intp]:
    """Return `order` as an array, after checking that it visits each of n cities once.

    Raises
    ------
    TypeError
        If `order` does not hold integers.
    ValueError
        If `order` is not a permutation of range(n).

    Examples
    --------
    >>> as_tour([2, 0, 1], 3)
    array([2, 0, 1])
    """
    tour = np.asarray(order)
    if tour.shape != (n,):
        raise ValueError(f"order must have shape ({n},), one entry a city, got shape {tour.shape}")
    if tour.dtype.kind not in "iu":
        raise TypeError(f"order must hold integers, got dtype {tour.dtype}")
    for k in np.flatnonzero((tour < 0) | (tour >= n))[:1]:
        raise ValueError(f"order[{k}] must be a city in 0 … {n - 1}, got {tour[k]}")
    visits = np.bincount(tour, minlength=n)
    for city in np.flatnonzero(visits != 1)[:1]:
        raise ValueError(f"order must visit each city once, got city {city} {visits[city]} times")
    return tour.astype(np.intp)
