"""The methods that every quadratic problem knows, by name."""

from __future__ import annotations

from collections.abc import Mapping

from hopopt import Method
from problems.spins.annealing import Anneal
from problems.spins.dynamics import ChaoticNetwork, ContinuousFlow
from problems.spins.inertial import InertialReplicas
from problems.spins.oscillators import CoherentIsing
from problems.spins.replicas import AnnealedReplicas, Boltzmann

METHODS: Mapping[str, type[Method]] = {
    method.name: method
    for method in (
        Anneal,
        AnnealedReplicas,
        Boltzmann,
        ContinuousFlow,
        ChaoticNetwork,
        InertialReplicas,
        CoherentIsing,
    )
}
