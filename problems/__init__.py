"""Problems that hopopt's networks solve, one file or folder each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hopopt.solve import compare
from problems.classes.coloring import Coloring, coloring
from problems.classes.partition import Partition, partition
from problems.classes.queens import Queens, queens
from problems.doors.graphs import tsp
from problems.permutations.assignment import LinearAssignment, assignment
from problems.permutations.matching import GraphMatching, graph_matching
from problems.permutations.qap import QuadraticAssignment, qap
from problems.spins.clique import Clique, clique
from problems.spins.higher_order import HigherOrderProblem
from problems.spins.hubo import HUBO, hubo
from problems.spins.independent_set import IndependentSet, independent_set
from problems.spins.ising import Ising, ising
from problems.spins.knapsack import Knapsack, knapsack
from problems.spins.maxcut import MaxCut, max_cut
from problems.spins.maxsat import MaxSAT, max_sat
from problems.spins.number_partition import NumberPartition, number_partition
from problems.spins.packing import Packing, packing
from problems.spins.quadratic import QuadraticProblem
from problems.spins.qubo import QUBO, qubo
from problems.spins.sat import SAT, sat
from problems.spins.set_cover import SetCover, set_cover
from problems.spins.vertex_cover import VertexCover, vertex_cover
from problems.tours import TSP

if TYPE_CHECKING:
    from problems.doors.dwave import HopfieldSampler as HopfieldSampler

__all__ = [
    "HUBO",
    "QUBO",
    "SAT",
    "TSP",
    "Clique",
    "Coloring",
    "GraphMatching",
    "HigherOrderProblem",
    "IndependentSet",
    "Ising",
    "Knapsack",
    "LinearAssignment",
    "MaxCut",
    "MaxSAT",
    "NumberPartition",
    "Packing",
    "Partition",
    "QuadraticAssignment",
    "QuadraticProblem",
    "Queens",
    "SetCover",
    "VertexCover",
    "assignment",
    "clique",
    "coloring",
    "compare",
    "graph_matching",
    "hubo",
    "independent_set",
    "ising",
    "knapsack",
    "max_cut",
    "max_sat",
    "number_partition",
    "packing",
    "partition",
    "qap",
    "qubo",
    "queens",
    "sat",
    "set_cover",
    "tsp",
    "vertex_cover",
]


def __getattr__(name: str) -> Any:
    """Import what needs an optional package when it is asked for."""
    if name != "HopfieldSampler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from problems.doors.dwave import HopfieldSampler as HopfieldSampler
    except ModuleNotFoundError as error:
        if error.name != "dimod":
            raise
        raise ImportError("HopfieldSampler needs dimod: pip install 'hopopt[dimod]'") from error
    return HopfieldSampler
