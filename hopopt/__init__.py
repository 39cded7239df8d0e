"""hopopt: Hopfield networks that solve combinatorial problems and recall memories.

A network is a domain (`Lagrangian`), an objective on it (`Energy`) and a motion downhill (`Flow`,
`ExponentialEuler`, `Updates`, `LineSearch`, `Majorize`). Problems live in the package `problems`.
"""

from __future__ import annotations

from hopopt.annealing import Relaxation, anneal
from hopopt.energy import Diagonal, Energy, Scaled, Sum
from hopopt.face import Face
from hopopt.flow import ExponentialEuler, Flow
from hopopt.hidden import Memory
from hopopt.lagrangian import Lagrangian
from hopopt.line_search import LineSearch
from hopopt.minimize import minimize
from hopopt.motion import Majorize, Monitor, Motion, Rest, Status
from hopopt.network import Network, State
from hopopt.polytope import Polytope, Sinkhorn, Softmax
from hopopt.problem import Attempt, Method, Problem, Snapshot, Violation
from hopopt.quadratic import Kronecker, LowRank, Penalty, Quadratic, QuadraticForm
from hopopt.result import Result, Trace, package_version
from hopopt.search import Found, Incumbent, search
from hopopt.units import Clip, Identity, Sigmoid, Tanh
from hopopt.updates import Updates

__version__ = package_version()

__all__ = [
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
    "minimize",
    "search",
]
