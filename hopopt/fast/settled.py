"""The watch that a batch of recalls needs: energies and step counts lane by lane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor


class Settled(NamedTuple):
    """How a chunk of lanes came to rest: what the fast motions keep of it.

    Attributes
    ----------
    v : array, shape (B, N)
        The last outputs.
    steps : array of int, shape (B,)
        Steps that each lane took, the one that changed nothing included.
    cycled, moving : arrays of bool, shape (B,)
        Whether it fell into a cycle of two states; whether it was still moving at the end.
    energies : list of arrays, shape (B,)
        E at the start and after each step; lanes at rest keep theirs.
    nearest : array of int, shape (B,), or None
        The pattern that has most of the attention, where the motion knows it.
    """

    v: Array
    steps: Array
    cycled: Array
    moving: Array
    energies: list[Array]
    nearest: Array | None = None


@dataclass
class Lanes(Monitor):
    """A monitor that keeps every lane's E, where the core's keeps the least one.

    Attributes
    ----------
    times, energies : lists
        The network's own time, and E of all lanes, shape (B,), after each recorded step.
    states : list of arrays
        The states, where `keep` asks for them.
    settled : Settled or None
        What a fast motion says of each lane.
    """

    keep: bool = False
    times: list[float] = field(default_factory=list)
    energies: list[Array] = field(default_factory=list)
    states: list[Array] = field(default_factory=list)
    settled: Settled | None = None

    def step(self, u: Array, elapsed: float, T: float, energy: Array | None = None) -> None:
        if self.keep:
            self.states.append(np.array(u))
        if energy is not None and self.record:
            self.energies.append(np.array(energy, dtype=float))
            self.times.append(self.clock + elapsed)
        super().step(u, elapsed, T, energy)

    def follow(self, after: Lanes) -> None:
        """Take on what another monitor watched from where this one stopped."""
        self.energies += after.energies[1:]
        self.times += [self.times[-1] + time for time in after.times[1:]]


def tell(monitor: Monitor, settled: Settled, u: Array, T: float) -> None:
    """Give a monitor the steps of lanes that have settled, as if they had been taken together."""
    for k, energy in enumerate(settled.energies):
        monitor.step(u, float(k), T, energy.reshape(u.shape[:-1]))
    if isinstance(monitor, Lanes):
        monitor.settled = settled
