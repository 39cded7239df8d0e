"""An energy of spins made ready for fast sweeps of many replicas: what all kinds of it share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from itertools import pairwise
from types import ModuleType
from typing import Literal

import numpy as np

from hopopt.core.energy import Energy
from hopopt.core.lagrangian import Array
from hopopt.core.units import Clip, Separable, Tanh

Units = Literal["clip", "sign"]

DOMAINS: dict[Units, Separable] = {"clip": Clip(), "sign": Tanh()}

REPLICAS = 64
TIE = 1e-5  # a gain of a flip below it counts as none, in units of ρ


class Ready(ABC):
    """An energy made ready for sweeps over B replicas, unit after unit.

    Replicas hold the outputs v of the units, shape (N, B), in the order in which a sweep visits
    them.

    Parameters
    ----------
    size : int
        Number of units N.
    scale : float
        ρ, the size of the field on a unit: all else is in units of it.
    classes : list of arrays of int
        The units that move together, in the order of their turns.
    units : {"clip", "sign"}
        Hard-limited units v = clip(u, −1, 1), or two-valued ones v = ±1.
    loops : module, optional
        The compiled loops, which come to the same numbers.

    Attributes
    ----------
    order : array of int
        The energy's units in visiting order.
    rows : list of slices
        The classes in visiting order.
    domain : Separable
    replicas : int
        How many of them make good use of a machine.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import IsingEnergy
    >>> energy = IsingEnergy([[0.0, 1.0, 0.0], [1.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
    >>> from hopopt.fast import made_ready
    >>> ready = made_ready(energy, "sign")
    >>> ready.size, ready.units, sum(rows.stop - rows.start for rows in ready.rows)
    (3, 'sign', 3)
    """

    replicas: int = REPLICAS

    def __init__(
        self,
        size: int,
        scale: float,
        classes: list[Array],
        units: Units,
        loops: ModuleType | None = None,
    ) -> None:
        self.size, self.scale, self.units, self.loops = size, scale, units, loops
        self.domain = DOMAINS[units]
        self.order = np.concatenate([np.zeros(0, dtype=np.intp), *classes])
        self.rows = [slice(a, b) for a, b in pairwise(np.cumsum([0, *map(len, classes)]).tolist())]

    @cached_property
    def top(self) -> np.float32:
        """What stands for v = 1 in a state."""
        return np.float32(1)

    @property
    @abstractmethod
    def energy(self) -> Energy:
        """The energy with its units in visiting order, in units of ρ."""

    @property
    def rounded(self) -> Energy:
        """The energy that sweeps move in, where that is another one than `energy`."""
        return self.energy

    def inner(self, v: Array) -> Array:
        """Return outputs −1 … 1, shape (N, B), as a sweep calculates with them."""
        return v.astype(np.float32)

    @abstractmethod
    def sweep(self, state: Array, pool: Array, picks: Array, strength: Array, T: Array) -> None:
        """Move every unit S times, in place: v_i ← squash((−∂H/∂v_i + noise_i)/T).

        Parameters
        ----------
        state : array, shape (N, B)
            As `inner` gives it.
        pool : array of float32, shape (M, B)
        picks : array of uint32, shape (S, N)
            In sweep t unit i meets the noise ``strength[t] * pool[picks[t, i]]``.
        strength, T : arrays, shape (S,)
            In units of ρ.
        """

    def settle(self, u: Array, out: Array) -> None:
        """Squash inputs into outputs."""
        if self.units == "sign":
            np.copysign(self.top, u, out=u)
        else:
            u.clip(-self.top, self.top, out=u)
        out[...] = u

    @abstractmethod
    def seconds(self, count: int) -> float:
        """Return about how long a sweep of `count` replicas takes, for plans that need no clock."""

    @abstractmethod
    def forces(self, v: Array) -> Array:
        """Return −∇H of outputs, shape (B, N), in single precision and units of ρ."""

    @abstractmethod
    def slopes(self, s: Array, k: int) -> Array:
        """Return −∇H of the units of class k, shape (units, B), at spins, shape (N, B)."""

    def descend(self, s: Array) -> tuple[int, int]:
        """Flip single spins of all replicas, shape (N, B), in place, until no flip lowers E.

        Unit after unit in visiting order, sweep after sweep. Returns how many sweeps it took, the
        one that flipped nothing included, and how many flips.
        """
        work, moving, sweeps, flips = s, np.arange(s.shape[1]), 0, 0
        while len(moving):
            sweeps += 1
            moved = np.zeros(len(moving), dtype=bool)
            for k, rows in enumerate(self.rows):
                field = self.slopes(work, k)
                field *= work[rows]
                wrong = field < -TIE
                if wrong.any():
                    work[rows][wrong] *= -1
                    moved |= wrong.any(0)
                    flips += int(np.count_nonzero(wrong))
            if work is not s:
                s[:, moving] = work
            if not moved.all():
                moving = moving[moved]
                work = np.ascontiguousarray(s[:, moving])
        return sweeps, flips

    @abstractmethod
    def values(self, s: Array) -> Array:
        """Return E of each replica of spins, shape (N, B), in units of ρ, up to a constant."""

    def lowest(self, energy: Energy, s: Array) -> tuple[Array, float]:
        """Return the spins of lowest E, in its own order, and E, both in double precision.

        Of replicas of spins, shape (N, B), that single precision cannot tell apart, all are looked
        at.
        """
        values = self.values(s)
        least = float(values.min())
        near = np.flatnonzero(values <= least + TIE * max(1.0, abs(least)))
        spins = np.ascontiguousarray(self.outside(s[:, near]).T)
        exact = np.asarray(energy.value(spins))
        best = int(exact.argmin())
        return spins[best], float(exact[best])

    def outside(self, s: Array) -> Array:
        """Return spins, shape (N, …), in the energy's own order and double precision."""
        out = np.empty(s.shape)
        out[self.order] = s
        return out
