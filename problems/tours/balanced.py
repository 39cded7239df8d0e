"""Distances whose two directions differ by what cancels along a tour, made symmetric."""

from __future__ import annotations

import numpy as np

from problems.tours.distances import Distances, MatrixDistances

ROUNDING = 1e-12


def balanced(distances: Distances) -> Distances:
    """Return distances, symmetric if they can be, by which every closed tour is as long.

    d_ij − d_ji = u_i − u_j, as where leaving or reaching a city costs something, cancels along a
    tour; the means of both ways are then as good.
    """
    n, first = distances.n, np.arange(min(2, distances.n))[:, None]
    if distances.partial or n < 3:
        return distances
    out, into = distances(first, np.arange(n)), distances(np.arange(n), first)
    skew = np.asarray(out - into)
    twist = skew[0] - skew[1]
    if np.ptp(twist) > ROUNDING * max(out.max(), into.max()):
        return distances
    matrix = distances.matrix()
    apart = matrix - matrix.T + skew[0][:, None] - skew[0][None, :]
    if np.abs(apart).max() > ROUNDING * matrix.max():
        return distances
    return MatrixDistances((matrix + matrix.T) / 2)
