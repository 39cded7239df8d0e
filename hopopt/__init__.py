"""hopopt: Hopfield networks that solve combinatorial problems and recall memories.

A network is a domain (`Lagrangian`), an objective on it (`Energy`) and a motion downhill (`Flow`,
`ExponentialEuler`, `Updates`, `LineSearch`, `Majorize`). Problems live in the package `problems`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hopopt.annealing import Relaxation, anneal
from hopopt.certify import certify
from hopopt.energy import Diagonal, Energy, Scaled, Sum
from hopopt.face import Face
from hopopt.flow import ExponentialEuler, Flow
from hopopt.hidden import Memory
from hopopt.kronecker import Kronecker
from hopopt.lagrangian import Lagrangian
from hopopt.line_search import LineSearch
from hopopt.matrices import LowRank
from hopopt.minimize import minimize
from hopopt.motion import Majorize, Monitor, Motion, Rest, Status
from hopopt.network import Network, State
from hopopt.polytope import Polytope, Sinkhorn, Softmax
from hopopt.power import Power
from hopopt.problem import Attempt, Method, Problem, Snapshot, Violation
from hopopt.quadratic import Penalty, Quadratic, QuadraticForm
from hopopt.result import Result, Trace, package_version
from hopopt.search import Found, Incumbent, search
from hopopt.units import Clip, Identity, Sigmoid, Tanh
from hopopt.updates import Updates

if TYPE_CHECKING:
    from hopopt.memory import AssociativeMemory

__version__ = package_version()

__all__ = [
    "AssociativeMemory",
    "Attempt",
    "Clip",
    "Diagonal",
    "Energy",
    "ExponentialEuler",
    "Face",
    "Flow",
    "Found",
    "Identity",
    "Incumbent",
    "Kronecker",
    "Lagrangian",
    "LineSearch",
    "LowRank",
    "Majorize",
    "Memory",
    "Method",
    "Monitor",
    "Motion",
    "Network",
    "Penalty",
    "Polytope",
    "Power",
    "Problem",
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
    "search",
]


def __getattr__(name: str) -> Any:
    """Import the memories only where they are asked for."""
    if name == "AssociativeMemory":
        from hopopt.memory import AssociativeMemory

        return AssociativeMemory
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
