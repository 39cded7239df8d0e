"""Exponential Euler steps: the continuous dynamics without an ODE solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hopopt.core.checks import check_limits, checked_numbers
from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network


@checked_numbers
@dataclass(frozen=True)
class ExponentialEuler:
    """Exponential Euler steps: u ← e^{−hg/τ}·u + (1 − e^{−hg/τ})·(−∇H/g).

    An exponential step h equals a plain Euler step (τ/g)(1 − e^{−hg/τ}), so its proven bound is
    −(τ/g)·ln(1 − h_E·g/τ), infinite where the Euler bound reaches τ/g.

    Parameters
    ----------
    step : float, optional
        h, in units of time; by default .99 of the proven bound, at most one τ/g (one τ without
        leak).
    max_steps : int, default 2000
        Per stage.
    tol : float, default 1e-6
        As in `Flow`. 0 never looks at the gap, takes all the steps, and leaves out the E after the
        last.
    descends : bool, default True
        Whether to claim descent. A step above the proven bound is then refused; recipes that ramp
        the energy step by step claim none.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import ExponentialEuler, Monitor, Network, Quadratic, Tanh
    >>> network = Network(Quadratic([[0.0, -1.0], [-1.0, 0.0]]), Tanh(), T=0.5)
    >>> rest = ExponentialEuler().run(network, np.array([0.3, 0.1]), Monitor())
    >>> network.output(rest.u)[0].round(2), rest.status.name
    (array([0.96, 0.96]), 'CONVERGED')
    """

    step: float | None = None
    max_steps: int = 2000
    tol: float = 1e-6
    descends: bool = True
    name: ClassVar[str] = "exponential-euler"
    slack: ClassVar[float] = 1e-9

    def __post_init__(self) -> None:
        if self.step is not None and not 0 < self.step < np.inf:
            raise ValueError(f"step must be positive and finite; got {self.step!r}")
        check_limits(self.tol, max_steps=self.max_steps)

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Step until the gap closes, at most `max_steps` steps."""
        h = self._length(network)
        decay = np.exp(-h * np.asarray(network.leak) / network.tau)
        leak = np.where(np.greater(network.leak, 0), network.leak, 1)
        reach = np.where(np.greater(network.leak, 0), (1 - decay) / leak, h / network.tau)
        T, scale = float(np.max(network.T)), np.zeros(())
        watched = bool(self.tol)
        for step in range(self.max_steps + watched):
            if watched or monitor.record:
                state = network.evaluate(u, warm, gap=watched)
                warm, field = state.warm, state.field
                scale = np.maximum(scale, np.abs(state.energy))
                monitor.step(u, step * h, T, state.energy)
                if watched and np.all(state.gap <= self.tol * scale):
                    return Rest(u, warm, Status.CONVERGED, step, step + 1)
                if step == self.max_steps:
                    break
            else:
                v, warm = network.output(u, warm)
                field = -network.energy.gradient(v)
                monitor.step(u, step * h, T)
            u = decay * u + reach * field
        if not watched:
            monitor.step(u, self.max_steps * h, T)
        status = Status.MAX_STEPS if watched else Status.CONVERGED
        return Rest(u, warm, status, self.max_steps, self.max_steps + watched)

    def _length(self, network: Network) -> float:
        if self.step is not None and not self.descends:
            return self.step
        bound = self.bound(network)
        if self.step is None:
            rate = float(np.max(np.asarray(network.leak) / network.tau))
            return min(0.99 * bound, 1 / rate if rate else float(np.min(network.tau)))
        if self.step > bound:
            raise ValueError(
                f"step must be at most {bound:.6g}, the proven bound of descent for this network "
                f"at T = {float(np.min(network.T)):.6g}; got {self.step:g}"
            )
        return self.step

    @staticmethod
    def bound(network: Network) -> float:
        """Return the longest exponential step that is proven never to raise E."""
        return network.step_bound(exponential=True)
