"""Replicas on their way downhill at T = 0: all of them, or the best where the time is over."""

from __future__ import annotations

import numpy as np

from hopopt.core.annealing import anneal
from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor
from hopopt.core.network import Network
from hopopt.fast.ready import Ready
from hopopt.fast.replicas import Replicas

FEW = 4


def downhill(ready: Ready, v: Array, monitor: Monitor) -> Array:
    """Return the spins, shape (B, N), to which outputs go downhill at T = 0, flip by flip.

    Where the time is over only the best four go, and stand for the others.

    Parameters
    ----------
    ready : Ready
    v : array, shape (B, N)
    monitor : Monitor

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import IsingEnergy
    >>> from hopopt.fast import made_ready
    >>> ready = made_ready(IsingEnergy([[0.0, 1.0], [1.0, 0.0]]), "sign")
    >>> downhill(ready, np.array([[0.5, -0.1]], dtype=np.float32), Monitor()).tolist()
    [[-1.0, -1.0]]
    """
    cold, few = Network(ready.energy, ready.domain, T=0.0), v
    if monitor.over() and len(v) > FEW:
        s = np.ascontiguousarray(cold.lagrangian.vertex(v).T, dtype=np.float32)
        few = v[np.argsort(ready.values(s), kind="stable")[:FEW]]
    rest = anneal([cold], Replicas(couplings=ready), few, monitor=monitor.aside())
    spins = rest.uninterrupted().v
    return spins if len(few) == len(v) else spins[np.arange(len(v)) % len(few)]
