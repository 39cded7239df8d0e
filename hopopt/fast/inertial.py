"""Inertial motion of many replicas, in single precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hopopt.core.inertial import Inertial
from hopopt.core.lagrangian import Array
from hopopt.core.network import Network
from hopopt.fast.ready import Ready


@dataclass(frozen=True, eq=False)
class SingleInertial(Inertial):
    """`Inertial` of an energy that is ready for single precision, `couplings.energy`.

    The law, a test: step for step the outputs are those of `Inertial`, from states in single
    precision.

    Parameters
    ----------
    couplings : Ready
    pace : callable, optional
        Asked after every step, ``pace(left)`` says how many are to come where so many would be:
        stiffness then fades by these.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import IsingEnergy
    >>> energy = IsingEnergy([[0.0, 1.0, 0.0], [1.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
    >>> from hopopt.fast import made_ready
    >>> SingleInertial(couplings=made_ready(energy)).name
    'inertial'
    """

    couplings: Ready = field(kw_only=True)
    pace: Callable[[int], int] | None = field(default=None, kw_only=True)

    def _left(self, left: int) -> int:
        return left if self.pace is None else self.pace(left)

    def _gradient(self, network: Network, v: Array) -> Array:
        ready = self.couplings
        if network.energy is not ready.energy or v.dtype != np.float32 or v.ndim != 2:
            return super()._gradient(network, v)
        return -ready.forces(v)
