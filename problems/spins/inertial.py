"""Networks whose units have inertia: simulated bifurcation, the best on dense couplings."""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

import numpy as np

from hopopt import Monitor, Network, anneal
from hopopt.core import Array, now
from hopopt.fast import Ready, SingleInertial
from problems.spins.annealing import at_least_one
from problems.spins.dynamics import Dynamics, at_rest

Variant = Literal["generalised", "ballistic", "discrete"]

FEWEST_STEPS, TRIAL_STEPS = 60, 3
HOLD = {"generalised": (0.0, 0.4), "ballistic": (0.0, 0.0), "discrete": (0.0, 0.0)}


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
    replicas : int, default 32
        In a batch.
    steps : int, default 500
        Of a batch; fewer, but not below 60, where there is no time for so many.
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
        replicas: int = 32,
        steps: int = 500,
        batches: int | None = None,
    ) -> None:
        if variant not in get_args(Variant):
            known = ", ".join(get_args(Variant))
            raise ValueError(f"variant must be one of {known}; got {variant!r}")
        at_least_one(steps=steps)
        super().__init__(target, replicas, batches, compiled=False)
        self.variant, self.steps = variant, steps

    def batch(self, ready: Ready, rng: np.random.Generator, monitor: Monitor) -> Array:
        steps = self._affordable(ready, rng, monitor)
        u = rng.uniform(-0.1, 0.1, (self.replicas or ready.replicas, ready.size)).astype(np.float32)
        watch = Monitor(monitor.deadline, record=False, counts=monitor.counts)
        rest = anneal([self._network(ready)], self._motion(ready, steps, rng), u, monitor=watch)
        return at_rest(ready, rest, monitor)

    @staticmethod
    def _network(ready: Ready) -> Network:
        return Network(ready.energy, ready.domain, T=0.0)

    def _motion(self, ready: Ready, steps: int, rng: np.random.Generator) -> SingleInertial:
        return SingleInertial(
            steps,
            hold=HOLD[self.variant],
            discrete=self.variant == "discrete",
            rng=rng,
            couplings=ready,
        )

    def _affordable(self, ready: Ready, rng: np.random.Generator, monitor: Monitor) -> int:
        """Return how many steps of a batch there is time for, by a trial where time is short."""
        if monitor.remaining() == np.inf or monitor.counts.nit:
            return self.steps
        began, u = now(), np.zeros((self.replicas or ready.replicas, ready.size), dtype=np.float32)
        trial = self._motion(ready, TRIAL_STEPS, np.random.default_rng(0))
        anneal([self._network(ready)], trial, u, monitor=monitor.aside()).uninterrupted()
        step = (now() - began) / TRIAL_STEPS
        return int(np.clip(0.9 * monitor.remaining() / step, FEWEST_STEPS, self.steps))
