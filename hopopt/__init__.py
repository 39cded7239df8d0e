"""hopopt: Hopfield networks that solve combinatorial problems and recall memories.

A network is a domain (`Lagrangian`), an objective on it (`Energy`) and a motion downhill (`Flow`,
`ExponentialEuler`, `Updates`, `Exchanges`, `LineSearch`, `Majorize`). Problems live in the package
`problems`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hopopt.app import early as _early  # noqa: F401 (before what takes its time)
from hopopt.core import (
    Balance,
    Budget,
    Clauses,
    Clip,
    Cooling,
    Diagonal,
    Directed,
    Energy,
    Exchanges,
    ExponentialEuler,
    Face,
    Flow,
    Identity,
    Inertial,
    IsingEnergy,
    Kronecker,
    Lagrangian,
    LineSearch,
    LowRank,
    Majorize,
    Memory,
    Monitor,
    Motion,
    Multilinear,
    Network,
    Penalty,
    Polynomial,
    Polytope,
    Power,
    Products,
    Quadratic,
    QuadraticForm,
    Relaxation,
    Rest,
    Scaled,
    Sigmoid,
    Sinkhorn,
    Softmax,
    State,
    Status,
    Sum,
    Tanh,
    Trace,
    Updates,
    anneal,
)
from hopopt.solve import (
    Attempt,
    Method,
    Problem,
    Result,
    Snapshot,
    Violation,
    certify,
    minimize,
    package_version,
)

if TYPE_CHECKING:
    from hopopt.memory import AssociativeMemory

__version__ = package_version()

__all__ = [
    "AssociativeMemory",
    "Attempt",
    "Balance",
    "Budget",
    "Clauses",
    "Clip",
    "Cooling",
    "Diagonal",
    "Directed",
    "Energy",
    "Exchanges",
    "ExponentialEuler",
    "Face",
    "Flow",
    "Identity",
    "Inertial",
    "IsingEnergy",
    "Kronecker",
    "Lagrangian",
    "LineSearch",
    "LowRank",
    "Majorize",
    "Memory",
    "Method",
    "Monitor",
    "Motion",
    "Multilinear",
    "Network",
    "Penalty",
    "Polynomial",
    "Polytope",
    "Power",
    "Problem",
    "Products",
    "Quadratic",
    "QuadraticForm",
    "Relaxation",
    "Rest",
    "Result",
    "Scaled",
    "Sigmoid",
    "Sinkhorn",
    "Snapshot",
    "Softmax",
    "State",
    "Status",
    "Sum",
    "Tanh",
    "Trace",
    "Updates",
    "Violation",
    "anneal",
    "certify",
    "minimize",
]


def __getattr__(name: str) -> Any:
    """Import the memories only where they are asked for."""
    if name == "AssociativeMemory":
        from hopopt.memory import AssociativeMemory

        return AssociativeMemory
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
