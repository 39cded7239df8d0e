"""The methods by name, and which of them suit an instance best."""

from __future__ import annotations

from collections.abc import Mapping

from hopopt import Method
from problems.tours.assignment import Assignment
from problems.tours.baselines import BASELINES
from problems.tours.clamped import Clamped
from problems.tours.classic import HopfieldTank1985, TalavanYanez2002
from problems.tours.instance import Instance
from problems.tours.linkern import KOpt, LinKernighan
from problems.tours.peers import PEERS
from problems.tours.ring import Ring

NETWORKS: tuple[type[Method], ...] = (
    KOpt,
    Clamped,
    Assignment,
    Ring,
    HopfieldTank1985,
    TalavanYanez2002,
)
BESIDE: tuple[type[Method], ...] = (LinKernighan,)
METHODS: Mapping[str, type[Method]] = {
    method.name: method for method in (*NETWORKS, *BESIDE, *BASELINES, *PEERS)
}

MATRIX_CITIES = 400


def ranking(problem: Instance) -> list[str]:
    """Return the names of the methods, the one that suits an instance best first.

    The ring comes before the assignment network where there are coordinates, or more than 400
    cities.
    """
    bare = problem.distances.coordinates is None and problem.size <= MATRIX_CITIES
    first, second = (Assignment, Ring) if bare else (Ring, Assignment)
    swapped = {Assignment.name: first.name, Ring.name: second.name}
    return [swapped.get(name, name) for name in METHODS]
