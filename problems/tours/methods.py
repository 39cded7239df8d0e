"""The methods by name, and which of them suits an instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hopopt import Method
from hopopt.solve import construct
from problems.tours.assignment import Assignment
from problems.tours.baselines import BASELINES
from problems.tours.classic import HopfieldTank1985, TalavanYanez2002
from problems.tours.instance import Instance
from problems.tours.kopt import KOpt
from problems.tours.kopt.variants import ExactKOpt, PolishedKOpt, ZeroStepKOpt
from problems.tours.peers import PEERS
from problems.tours.ring import Ring

NETWORKS: tuple[type[Method], ...] = (
    KOpt,
    Assignment,
    Ring,
    HopfieldTank1985,
    TalavanYanez2002,
)
BESIDE: tuple[type[Method], ...] = (PolishedKOpt, ExactKOpt, ZeroStepKOpt)
METHODS: Mapping[str, type[Method]] = {
    method.name: method for method in (*NETWORKS, *BESIDE, *BASELINES, *PEERS)
}

MATRIX_CITIES = 400


def choose(problem: Instance, options: dict[str, Any]) -> Method:
    """Return the method that suits an instance best.

    K-opt networks, unless the options name a `solver`: then the ring where there are coordinates,
    or more than 400 cities, and an assignment network elsewhere, moved by that solver.
    """
    if "solver" not in options:
        return construct(KOpt, options)
    bare = problem.distances.coordinates is None and problem.size <= MATRIX_CITIES
    return construct(Assignment if bare else Ring, options)
