"""Majorise and minimise: steps that a bound of the energy makes exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hopopt.core.checks import check_limits, checked_numbers
from hopopt.core.energy import Energy
from hopopt.core.lagrangian import Array, per_replica
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network
from hopopt.core.units import Identity


@checked_numbers
@dataclass(frozen=True)
class Majorize:
    """Majorise and minimise: v ← argmin of the energy's majorizer plus g·L*(v).

    Every step lowers E. Linear units solve one (structured) linear system a step, which is the
    elastic ring's iteration; other units need a concave energy, whose majorizer is linear, and
    become v ← ∇L(−∇H/g): the concave–convex procedure (Yuille & Rangarajan 2003) and, for a dense
    memory, one step of attention (Ramsauer et al. 2020).

    Parameters
    ----------
    max_steps : int, default 1000
        Steps per stage.
    tol : float, default 1e-9
        Stop when no output moves by more than `tol` times its replica's largest. 0 takes all the
        steps, for schedules of one step a stage, and leaves out the E after the last.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Identity, Majorize, Memory, Monitor, Network, Softmax
    >>> energy = Memory([[1.0, 1.0], [1.0, -1.0]], Softmax(), T=0.1)
    >>> rest = Majorize().run(Network(energy, Identity()), np.array([0.5, 0.5]), Monitor())
    >>> rest.u.round(6), rest.nit
    (array([1., 1.]), 3)
    """

    max_steps: int = 1000
    tol: float = 1e-9
    name: ClassVar[str] = "majorize"
    descends: ClassVar[bool] = True
    slack: ClassVar[float] = 1e-9

    def __post_init__(self) -> None:
        check_limits(self.tol, max_steps=self.max_steps)

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Move until nothing moves, at most `max_steps` steps."""
        status = Status.MAX_STEPS if self.tol else Status.CONVERGED
        T, step = float(np.max(network.T)), 0
        axes = tuple(range(-len(network.shape), 0))
        v, warm = network.output(u, warm)
        for step in range(1, self.max_steps + 1):
            majorizer = network.energy.majorizer(v)
            energy = majorizer.value(v) + network.conjugate(v) if monitor.record else None
            monitor.step(u, step - 1.0, T, energy)
            new, u, warm = self._minimum(network, majorizer, v, warm)
            moved, size = np.abs(new - v).max(axes), np.abs(new).max(axes)
            v = new
            if self.tol and np.all(moved <= self.tol * size):
                status = Status.CONVERGED
                break
        energy = network.energy.value(v) + network.conjugate(v) if self.tol else None
        monitor.step(u, float(step), T, energy)
        return Rest(u, warm, status, step, step)

    @staticmethod
    def _minimum(
        network: Network, majorizer: Energy, v: Array, warm: Array | None
    ) -> tuple[Array, Array, Array | None]:
        if isinstance(network.lagrangian, Identity):
            new = majorizer.argmin(network.leak * per_replica(network.T, len(network.shape)))
            return new, network.state(new), None
        if not np.all(network.leak) or majorizer.curvature() > 0:
            raise ValueError(
                "Majorize needs linear units, or a concave energy and a positive leak; got "
                f"{network.energy!r} with {network.lagrangian!r}: take Flow or Updates"
            )
        u = np.asarray(-majorizer.gradient(v) / network.leak)
        new, warm = network.output(u, warm)
        return new, u, warm
