"""The optimal step of Talaván and Yáñez, along a ray inside the cube."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hopopt.core.checks import check_limits, checked_numbers
from hopopt.core.face import Face
from hopopt.core.lagrangian import Array, per_replica, total
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network
from hopopt.core.units import Separable


@checked_numbers
@dataclass(frozen=True)
class LineSearch:
    """The step of Talaván & Yáñez: v += dt·v̇ up to the least of E along the ray, or a border.

    dt is the least of: the first interior unit reaches 0 or 1; S₁/S₂ where S₂ > 0, with
    S₁ = ⟨v̇, −∇H⟩ and S₂ = ⟨v̇, ∇²H·v̇⟩; during the first `warmup` steps it is shortened by `damping`
    where only a border limits it. Leak-free two-valued units only. A border unit whose field turns
    inwards moves as if it stood `release` inside its border.

    Parameters
    ----------
    max_steps : int, default 5000
    tol : float, default 1e-13
        Stop when max|Δv| ≤ tol and all border units are stable.
    warmup : int, default 20
    damping : float, default 0.8
    release : float, default 1e-3

    References
    ----------
    Talaván & Yáñez, "Parameter setting of the Hopfield network applied to TSP", 2002; García,
    Talaván & Yáñez, "Improving the Hopfield model performance when applied to the traveling
    salesman problem", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Network, Quadratic, Sigmoid
    >>> network = Network(Quadratic([[0.0, 2.0], [2.0, 0.0]], [-1.0, -1.0]), Sigmoid(), leak=0)
    >>> rest = LineSearch().run(network, np.array([0.1, 0.0]), Monitor())
    >>> network.output(rest.u)[0].round(6)
    array([1., 0.])
    """

    max_steps: int = 5000
    tol: float = 1e-13
    warmup: int = 20
    damping: float = 0.8
    release: float = 1e-3
    name: ClassVar[str] = "line-search"
    descends: ClassVar[bool] = True
    slack: ClassVar[float] = 1e-9

    def __post_init__(self) -> None:
        check_limits(self.tol, max_steps=self.max_steps)
        if not self.warmup >= 0:
            raise ValueError(f"warmup must be a nonnegative number of steps; got {self.warmup!r}")
        for name in ("damping", "release"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in (0, 1]; got {getattr(self, name)!r}")

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Move until no output moves and every border unit is stable."""
        low, high = _borders(network)
        near, T = (high - low) * 1e-12, float(np.max(network.T))
        v, _ = network.output(u)
        elapsed = 0.0
        for step in range(1, self.max_steps + 1):
            value, gradient = network.energy.evaluate(v)
            monitor.step(network.state(v), elapsed, T, value)
            inside = np.clip(v, low + self.release, high - self.release)
            inwards = ((v <= low) & (gradient < 0)) | ((v >= high) & (gradient > 0))
            where = np.where(inwards, inside, v)
            velocity = network.lagrangian.jvp(where, -gradient, network.T) / network.tau
            dt = self._length(network, v, velocity, gradient, low, high, step)
            new = np.clip(v + per_replica(dt, len(network.shape)) * velocity, low, high)
            new = np.where(new < low + near, low, np.where(new > high - near, high, new))
            moved, v = np.abs(new - v).max(initial=0), new
            elapsed += float(dt.max())
            if moved <= self.tol:
                return self._rest(network, v, monitor, elapsed, Status.CONVERGED, step)
        return self._rest(network, v, monitor, elapsed, Status.MAX_STEPS, self.max_steps)

    @staticmethod
    def _rest(
        network: Network, v: Array, monitor: Monitor, elapsed: float, status: Status, step: int
    ) -> Rest:
        u = network.state(v)
        monitor.step(u, elapsed, float(np.max(network.T)), network.energy.value(v))
        return Rest(u, None, status, step, step + 1)

    def _length(
        self,
        network: Network,
        v: Array,
        velocity: Array,
        gradient: Array,
        low: float,
        high: float,
        step: int,
    ) -> Array:
        """Return dt, one number per replica."""
        ndim = len(network.shape)
        room = np.where(velocity > 0, high - v, low - v)
        moving = (velocity != 0) & (room != 0)
        times = np.divide(room, velocity, out=np.full_like(v, np.inf), where=moving)
        border = times.min(axis=tuple(range(-ndim, 0)))
        s1 = -total(velocity * gradient, ndim)
        s2 = total(velocity * network.energy.hessp(v, velocity), ndim)
        least = np.divide(s1, s2, out=np.full_like(s1, np.inf), where=s2 > 0)
        border = border * (self.damping if step <= self.warmup else 1.0)
        dt = np.minimum(least, border)
        return np.where(np.isfinite(dt), dt, 0.0)


def _borders(network: Network) -> tuple[float, float]:
    units = network.lagrangian
    units = units.base if isinstance(units, Face) else units
    if not (isinstance(units, Separable) and units.bounded) or np.any(network.leak):
        raise ValueError(
            "LineSearch needs leak-free two-valued units (leak=0 and Sigmoid, Tanh or Clip); "
            f"got leak={network.leak} with {network.lagrangian!r}"
        )
    if not np.any(network.T):
        raise ValueError("T must be positive for LineSearch: at T = 0 take Updates")
    return units.low, units.high
