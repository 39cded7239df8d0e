"""Inertial motion: units with a velocity, inside walls, whose stiffness fades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hopopt.core.checks import check_counts, check_positive, checked_numbers, is_finite
from hopopt.core.lagrangian import Array
from hopopt.core.masses import Masses, Range
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network


@checked_numbers
@dataclass(frozen=True, eq=False)
class Inertial:
    """Second-order dynamics of a discrete network: outputs move like masses between two walls.

    With x the outputs, −1 … 1 from wall to wall, y their velocities and p their stiffnesses, a step
    Δt of symplectic Euler is

        y ← y − Δt·(c·∇H + p·x),  x ← x + Δt·y,  p ← p·(1 − (1 − A·x²)/(M − m)),

    p = 1 at first; a unit that meets a wall stops there. While p fades over the M steps, the rest
    in the middle loses its stability and the outputs bifurcate to the walls; where A > 0 those at
    a wall stay stiff for longer. For A ≤ 1

        ½·|y|² + ½·Σ p·x² + c·H

    never rises along the flow, since ṗ ≤ 0 and walls only take velocity; a finite step lets it rise
    by a share that vanishes with Δt. This is generalised simulated bifurcation; A = 0 is the
    ballistic machine, and `discrete` the one whose field is that of the signs.

    It takes networks of bounded separable units at T = 0, in replicas or one. The state u is the
    outputs from the middle of their range on, and small at the start: ``rng.uniform(−.1, .1)``.

    Parameters
    ----------
    steps : int, default 500
        M.
    step : float, default 1
        Δt.
    hold : (float, float), default (0, .4)
        Between which numbers A is drawn for each replica.
    pull : (float, float), default (.45, .6)
        Between which numbers c is drawn for each replica, in units of 1/ρ, ρ the root mean square
        of ∂H/∂x at random vertices.
    discrete : bool, default False
        Whether ∇H is taken at the signs of x. It claims no descent.
    rng : numpy.random.Generator, optional
        For A, c, ρ and the first velocities; a generator seeded with 0 by default.

    References
    ----------
    Goto et al., "High-performance combinatorial optimization based on classical mechanics", 2021;
    Goto et al., "Generalized simulated bifurcation", arXiv 2508.17655, 2025.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Inertial, IsingEnergy, Monitor, Network, Tanh
    >>> ring = IsingEnergy(np.roll(np.eye(6), 1, 0) + np.roll(np.eye(6), -1, 0))
    >>> network = Network(ring, Tanh(), T=0)
    >>> start = np.random.default_rng(0).uniform(-0.1, 0.1, (3, 6))
    >>> rest = Inertial(200).run(network, start, Monitor())
    >>> ring.value(network.output(rest.u)[0])
    array([-6., -6., -6.])
    """

    steps: int = 500
    step: float = 1.0
    hold: Range = (0.0, 0.4)
    pull: Range = (0.45, 0.6)
    discrete: bool = False
    rng: np.random.Generator | None = None
    name: ClassVar[str] = "inertial"

    def __post_init__(self) -> None:
        check_counts(steps=self.steps)
        check_positive(step=self.step)
        for name in ("hold", "pull"):
            pair = getattr(self, name)
            right = isinstance(pair, tuple) and len(pair) == 2 and all(map(is_finite, pair))
            if not (right and 0 <= pair[0] <= pair[1]):
                raise ValueError(f"{name} must be two numbers 0 ≤ low ≤ high; got {pair!r}")
        if self.rng is not None and not isinstance(self.rng, np.random.Generator):
            raise TypeError(f"rng must be a numpy Generator or None; got {self.rng!r}")

    @property
    def descends(self) -> bool:
        """Whether the Lyapunov function falls in the limit of small steps."""
        return not self.discrete and self.hold[1] <= 1

    @property
    def slack(self) -> float:
        """The share of the whole fall by which a step of this length may raise it."""
        return 0.25 * self.step

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Take all steps."""
        masses = self.masses(network, u)
        if not self.descends:
            monitor.disclaim()
        x, y, p, step, half = masses.x, masses.y, masses.p, self.step, masses.half
        pull, A = step * half * masses.c, masses.A
        w, left, taken = np.empty_like(x), self.steps, 0
        while left > 0:
            v = masses.outputs(np.sign(x) if self.discrete else x)
            y -= np.multiply(pull, self._gradient(network, v), out=w)
            np.multiply(p, x, out=w)
            y -= w if step == 1 else np.multiply(step, w, out=w)
            if masses.free is not True:
                y *= masses.free
            x += y if step == 1 else np.multiply(step, y, out=w)
            np.multiply(x, x, out=w)
            np.copyto(y, 0, where=w > 1)
            np.clip(x, -1, 1, out=x)
            np.minimum(w, 1, out=w)
            w *= A  # p ← p·(1 − (1 − A·x²)/(M − m))
            w -= 1
            w *= 1 / left
            w += 1
            p *= w
            energy = masses.energy(x, y, p) if monitor.record else None
            stiff = float(p.mean()) if monitor.record else 0.0
            taken, left = taken + 1, self._left(left - 1)
            monitor.step(half * x, taken * step, stiff, energy)
        return Rest(half * x, None, Status.CONVERGED, taken, taken)

    def masses(self, network: Network, u: Array) -> Masses:
        """Return the outputs of a network as masses, with A and c drawn."""
        rng = self.rng if self.rng is not None else np.random.default_rng(0)
        return Masses(network, u, self.hold, self.pull, rng)

    def _left(self, left: int) -> int:
        """Return how many steps are to come, where so many would be."""
        return left

    def _gradient(self, network: Network, v: Array) -> Array:
        return network.energy.gradient(v)
