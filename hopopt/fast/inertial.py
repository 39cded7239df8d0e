"""Inertial motion of many replicas of an Ising network, in single precision."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hopopt.core.inertial import Inertial
from hopopt.core.lagrangian import Array
from hopopt.core.network import Network
from hopopt.fast.couplings import Couplings


@dataclass(frozen=True, eq=False)
class SingleInertial(Inertial):
    """`Inertial` with the couplings in single precision, where the network's energy is theirs.

    The law, a test: step for step the outputs are those of `Inertial`, from states in single
    precision.

    Parameters
    ----------
    couplings : Couplings
    """

    couplings: Couplings = field(kw_only=True)

    def _gradient(self, network: Network, v: Array) -> Array:
        ready = self.couplings
        if network.energy is not ready.energy or v.dtype != np.float32 or v.ndim != 2:
            return super()._gradient(network, v)
        fields = v @ ready.J if isinstance(ready.J, np.ndarray) else (ready.J @ v.T).T
        fields += ready.h[:, 0]
        return np.asarray(-fields)
