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
    valid = is_permutation(rest.v)
    return Attempt.at_rest(rest, problem.decode(rest.v), valid_before_decoding=valid)
