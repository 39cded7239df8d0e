"""Outputs as masses between two walls: what Inertial motions and second-order flows share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hopopt.core.face import Face
from hopopt.core.lagrangian import Array, Lagrangian, per_replica, total
from hopopt.core.network import Network
from hopopt.core.units import Separable

SAMPLES = 8
Range = tuple[float, float]


@dataclass(eq=False)
class Masses:
    """The outputs of bounded units as positions x, from −1 at one wall to 1 at the other.

    A unit has a velocity y and a stiffness p besides. The force on it is −(c·∂H/∂x + p·x), and the
    energy of all

        K = ½·|y|² + ½·Σ p·x² + c·H.

    Parameters
    ----------
    network : Network
        Of bounded separable units at T = 0.
    u : array, shape (..., *shape)
        The outputs at the start, from the middle of their range on.
    hold, pull : (float, float)
        Between which numbers A and c are drawn for each replica, c in units of 1/ρ, ρ the root mean
        square of ∂H/∂x at random vertices.
    rng : numpy.random.Generator
        For A, c, ρ and y, in this order.

    Attributes
    ----------
    x, y, p : arrays, as u
        At the start: y small and random, p = 1.
    A, c : arrays that broadcast against x
    free : bool, or array of bool, shape (*shape)
        Which units may move.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Network, Quadratic, Sigmoid
    >>> network = Network(Quadratic(-np.eye(2)), Sigmoid(), T=0)
    >>> rng = np.random.default_rng(0)
    >>> masses = Masses(network, np.zeros((3, 2)), (0, 0.4), (0.5, 0.5), rng)
    >>> masses.outputs(masses.x)[0], masses.p[0]
    (array([0.5, 0.5]), array([1., 1.]))
    """

    network: Network
    u: Array
    hold: Range
    pull: Range
    rng: np.random.Generator

    def __post_init__(self) -> None:
        network, u, rng = self.network, self.u, self.rng
        units, self.free = _units(network)
        self.ndim = len(network.shape)
        self.half, self.middle = (units.high - units.low) / 2, (units.high + units.low) / 2
        lead = u.shape[: u.ndim - self.ndim]
        A = per_replica(rng.uniform(*self.hold, lead), self.ndim)
        c = per_replica(rng.uniform(*self.pull, lead), self.ndim)
        scale = self.half * _scale(network, units, rng)
        self.x = x = np.clip(u / self.half, -1, 1)
        self.A, self.c = (np.asarray(values, dtype=x.dtype) for values in (A, c / scale))
        self.y, self.p = np.empty_like(x), np.ones_like(x)
        self.y[...] = rng.uniform(-0.1, 0.1, x.shape)
        if not isinstance(self.free, bool):
            held = (network.output(u)[0] - self.middle) / self.half
            x[...] = np.where(self.free, x, held)
            self.y *= self.free

    def outputs(self, x: Array) -> Array:
        """Return the outputs v at positions x; x itself where they are the same."""
        return x if (self.half, self.middle) == (1, 0) else self.middle + self.half * x

    def energy(self, x: Array, y: Array, p: Array) -> Array:
        """Return K/c, one number a replica: H, but for what moves and what is stiff."""
        inner = total(y * y + p * x * x, self.ndim) / 2
        value = self.network.energy.value(self.outputs(x))
        return np.asarray(value + inner / self.c.reshape(inner.shape))


def _units(network: Network) -> tuple[Separable, Array | bool]:
    """Return the units, and which of them are free; refuse others by name."""
    domain: Lagrangian = network.lagrangian
    free: Array | bool = True
    if isinstance(domain, Face):
        free, domain = ~np.asarray(domain.mask), domain.base
    if not isinstance(domain, Separable) or not domain.bounded or np.any(network.T):
        raise ValueError(
            "Inertial needs bounded units that do not constrain each other, at T = 0; got "
            f"{network.lagrangian!r} at T = {network.T}"
        )
    return domain, free


def _scale(network: Network, units: Separable, rng: np.random.Generator) -> float:
    """Return ρ/half, 1 where no vertex has a field."""
    vertices = rng.choice(np.array([units.low, units.high]), (SAMPLES, *network.shape))
    fields = network.energy.gradient(vertices)
    largest = float(np.abs(fields).max(initial=0)) or 1.0
    return largest * float(np.sqrt(np.mean((fields / largest) ** 2))) or 1.0
