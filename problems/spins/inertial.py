"""Networks whose units have inertia: simulated bifurcation, the best on dense couplings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal, get_args

import numpy as np

from hopopt import Monitor
from hopopt.core import Array
from hopopt.fast import Ready
from hopopt.search import Swing
from problems.spins.annealing import at_least_one
from problems.spins.dynamics import Dynamics

Variant = Literal["generalised", "ballistic", "discrete"]

SWINGS: Mapping[Variant, Swing] = {
    "generalised": Swing(),
    "ballistic": Swing(hold=(0.0, 0.0)),
    "discrete": Swing(1.0, (0.0, 0.0), (0.45, 0.6), discrete=True),
}


class InertialReplicas(Dynamics):
    """Units with inertia between two walls, in replicas, then T = 0: simulated bifurcation.

    Batches of `Inertial` motions with strengths of their own, each from small random outputs. On
    dense couplings no other dynamics of ours find lower energies; on sparse ones annealed replicas
    do.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one.
    variant : {"generalised", "ballistic", "discrete"}, default "generalised"
        Stiffness that fades more slowly at the walls; everywhere alike; and that with the field of
        the signs.
    replicas : int, optional
        In a batch; by default as many as make good use of a machine, 64 of a quadratic energy.
    steps : int, optional
        Of a batch, about: so many that whole batches fill the time, but no fewer than 60. By
        default 200, or a fifth of the spins where that is more.
    batches : int, optional
        How many batches at most; by default as many as there is time for.

    References
    ----------
    Goto et al., "High-performance combinatorial optimization based on classical mechanics", 2021;
    Goto et al., "Generalized simulated bifurcation", arXiv 2508.17655, 2025.
    """

    name: ClassVar[str] = "inertial"
    summary: ClassVar[str] = "units with inertia: generalised simulated bifurcation, in replicas"

    def __init__(
        self,
        target: float | None = None,
        variant: Variant = "generalised",
        replicas: int | None = None,
        steps: int | None = None,
        batches: int | None = None,
    ) -> None:
        if variant not in get_args(Variant):
            known = ", ".join(get_args(Variant))
            raise ValueError(f"variant must be one of {known}; got {variant!r}")
        at_least_one(steps=steps)
        super().__init__(target, replicas, batches, compiled=False)
        self.swing = replace(SWINGS[variant], steps=steps)

    def batch(self, ready: Ready, rng: np.random.Generator, monitor: Monitor) -> Array:
        return self.swing.batch(ready, self.replicas or ready.replicas, rng, monitor)
