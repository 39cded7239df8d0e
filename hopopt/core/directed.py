"""Weights that need not be symmetric: a network without an energy, as an experiment."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.energy import Energy
from hopopt.core.lagrangian import Array, total
from hopopt.core.matrices import real, square, vector


class Directed(Energy):
    """The field W·v − c of weights W of any kind, whose H = −½⟨v, Wv⟩ + ⟨c, v⟩ may rise.

    Where W is symmetric this is `Quadratic(−W, c)`. Else the field is no gradient, H is no Lyapunov
    function, and the network may run in circles; Hopfield (1982) found that it still recalls, less
    reliably. `gradient` is minus the field, and `flip` what a unit's move costs against it.

    Parameters
    ----------
    W : array_like, shape (N, N)
        w_ij, from unit j to unit i.
    c : array_like, shape (N,), optional
        Thresholds less external inputs; zero by default.

    References
    ----------
    Hopfield, "Neural networks and physical systems with emergent collective computational
    abilities", 1982.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Directed, Monitor, Network, Tanh, Updates
    >>> chase = Directed([[0.0, 1.0], [-1.0, 0.0]])  # one unit follows, the other flees
    >>> chase
    Directed(shape=(2,), E is no Lyapunov function)
    >>> rest = Updates(max_sweeps=20).run(Network(chase, Tanh(), T=0), np.ones(2), Monitor())
    >>> rest.status.name
    'MAX_STEPS'
    """

    conservative = False

    def __init__(self, W: ArrayLike, c: ArrayLike | None = None) -> None:
        self.W: Array = square(real(W, "W"), "W")
        self.shape = (len(self.W),)
        self.c = vector(0.0 if c is None else c, "c", len(self.W))

    def value(self, v: Array) -> Array:
        return total(v * (self.c - v @ self.W.T / 2), 1)

    def gradient(self, v: Array) -> Array:
        return np.asarray(self.c - v @ self.W.T)

    def hessp(self, v: Array, w: Array) -> Array:
        return np.asarray(-w @ self.W.T)

    def flip(self, v: Array, delta: Array) -> Array:
        return delta * (self.gradient(v) - np.diagonal(self.W) * delta / 2)

    def __repr__(self) -> str:
        return f"Directed(shape={self.shape}, E is no Lyapunov function)"
