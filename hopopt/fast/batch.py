"""A batch of replicas on its way to rest: what the fast motions of a memory share."""

from __future__ import annotations

import numpy as np

from hopopt.core.face import Face
from hopopt.core.lagrangian import Array
from hopopt.core.motion import Each, Monitor, Rest, Status
from hopopt.core.network import Network
from hopopt.core.units import Separable


class Batch:
    """The outputs of B replicas, one a row, and how far each has come.

    Replicas move a few at a time, those that rest being left alone; the monitor is told of all
    after every step, as the core's motions tell it.

    Parameters
    ----------
    network : Network
    v : array, shape (..., N)
        The outputs that they start from.
    monitor : Monitor

    Attributes
    ----------
    v : array, shape (B, N)
        The outputs; rows change in place.
    status, steps, energies : arrays, shape (B,)
        As in `Each`; MAX_STEPS until a replica is said to rest.
    step : int
        Steps of the batch.
    T : float
        The highest temperature of all replicas.
    middle : float
        The state at which a unit's two values meet.
    """

    def __init__(self, network: Network, v: Array, monitor: Monitor) -> None:
        self.network, self.monitor, self.lead = network, monitor, v.shape[:-1]
        self.v = np.array(v.reshape(-1, v.shape[-1]), dtype=float)
        count = len(self.v)
        self.status = np.full(count, int(Status.MAX_STEPS))
        self.steps, self.energies = np.zeros(count, dtype=int), np.empty(count)
        self.nearest: Array | None = None
        self.step, self.T = 0, float(np.max(network.T))
        face = network.lagrangian
        base = face.base if isinstance(face, Face) else face
        self.middle = (base.low + base.high) / 2 if isinstance(base, Separable) else 0.0

    @property
    def count(self) -> int:
        """How many replicas there are."""
        return len(self.v)

    def opposite(self) -> Array:
        """Return the other value of every unit."""
        v = self.v.reshape(*self.lead, -1)
        return self.network.lagrangian.opposite(v).reshape(self.v.shape)

    def put(self, rows: Array, v: Array) -> None:
        """Set the outputs of some replicas."""
        if len(rows) == self.count:
            self.v = v
        else:
            self.v[rows] = v

    def advance(self, rows: Array) -> None:
        """Count a step of some replicas."""
        self.step += 1
        self.steps[rows] += 1

    @property
    def state(self) -> Array:
        """A state u of every replica whose output is v: the cheapest one at T = 0."""
        v = self.v.reshape(*self.lead, -1)
        if self.T:
            return self.network.state(v)
        return v - self.middle if self.middle else v

    def tell(self) -> None:
        """Tell the monitor of a step."""
        self.monitor.step(self.state, float(self.step), self.T, self.energies.reshape(self.lead))

    def rest(self, nfev: int) -> Rest:
        """Return where the batch came to rest."""
        each = Each(self.status, self.steps, self.energies, self.nearest)
        return Rest(self.state, None, each.overall, self.step, nfev, each)
