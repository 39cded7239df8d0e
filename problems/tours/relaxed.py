"""From the stages of n×n units to a tour: what the methods on V[city, position] share."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hopopt import Attempt, Monitor, Motion, Network, anneal
from hopopt.core import is_permutation
from problems.tours.instance import Instance


def relaxed_tour(
    problem: Instance,
    stages: Iterable[Network],
    move: Motion,
    start: NDArray[np.float64],
    monitor: Monitor,
) -> Attempt:
    """Anneal a network over V[city, position], and decode the outputs where it comes to rest."""
    rest = anneal(
        stages,
        move,
        start,
        monitor=monitor,
        callback=lambda network, u: monitor.tell(
            float(network.T), lambda: network.output(u)[0], problem.decode
        ),
    )
    return Attempt(
        x=problem.decode(rest.v),
        status=rest.status,
        valid_before_decoding=is_permutation(rest.v),
        output=rest.v,
        energy=float(rest.network.lyapunov(rest.u)),
        trace=rest.trace,
    )
