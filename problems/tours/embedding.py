"""Points for the ring: the cities' own coordinates, or an embedding of their distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from problems.tours.distances import Distances
from problems.tours.encoders import leading_modes

Floats = NDArray[np.float64]

DIMENSIONS = 3


def embed(distances: Distances, dimensions: int = DIMENSIONS) -> Floats:
    """Return points in a box of unit size whose Euclidean geometry follows the distances.

    Coordinates where there are some; else classical multidimensional scaling of the symmetrised
    distances: the eigenvectors of −½·J·D²·J of largest eigenvalue, times its root (Torgerson 1952).
    """
    points = distances.coordinates
    if points is None:
        matrix = distances.ranked().matrix()
        values, vectors = leading_modes(matrix**2 / 2, dimensions)
        points = vectors * np.sqrt(np.maximum(-values, 0))
    low = points.min(axis=0)
    size = float((points.max(axis=0) - low).max())
    return np.asarray((points - low) / (size if size > 0 else 1.0))
