"""Mean-field annealing of an energy of any order: graded units, all at once, no noise."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hopopt import Monitor, Network, Tanh, Updates, anneal
from hopopt.core import Array
from hopopt.fast import Ready
from problems.spins.annealing import at_least_one
from problems.spins.dynamics import Dynamics, at_rest

HOT, COLD = 1.2, 0.08  # in units of ρ
DAMPING = 0.5


class MeanField(Dynamics):
    """Deterministic tanh units that move in parallel, halfway to their fields, while T falls.

    u ← (u − ∇H(v))/2, v = tanh(u/T), in replicas from small random outputs; then T = 0.

    Parameters
    ----------
    stages : int, default 150
        Temperatures, each for one step.
    target, replicas, batches
        As in `Dynamics`.

    References
    ----------
    Peterson & Anderson, "A mean field theory learning algorithm for neural networks", 1987.
    """

    name: ClassVar[str] = "mean-field"
    summary: ClassVar[str] = "mean-field annealing: graded units, all at once"

    def __init__(
        self,
        stages: int = 150,
        target: float | None = None,
        replicas: int | None = None,
        batches: int | None = None,
    ) -> None:
        super().__init__(target, replicas, batches, compiled=False)
        at_least_one(stages=stages)
        self.stages = stages

    def batch(self, ready: Ready, rng: np.random.Generator, monitor: Monitor) -> Array:
        circuit = Network(ready.energy, Tanh())
        cooled = (circuit.at(T=T) for T in np.geomspace(HOT, COLD, self.stages))
        motion = Updates("parallel", damping=DAMPING, max_sweeps=1, tol=0)
        shape = (self.replicas or ready.replicas, ready.size)
        u = rng.uniform(-0.1, 0.1, shape).astype(np.float32)
        watch = monitor.silent()
        return at_rest(ready, anneal(cooled, motion, u, monitor=watch), monitor)
