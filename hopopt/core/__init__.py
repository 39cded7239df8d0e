"""The core: Lagrangians, energies, networks and the motions that bring them to rest.

It knows nothing of problems, patterns or searches; of time it knows the `Monitor` alone.
"""

from __future__ import annotations

from hopopt.core.annealing import Cooling, Relaxation, anneal
from hopopt.core.budget import Balance, Budget
from hopopt.core.checks import (
    check_counts,
    check_kind,
    check_nonnegative,
    check_positive,
    indices,
    is_finite,
    is_whole,
    listed,
    numbers,
    refuse_masked,
)
from hopopt.core.clock import Deadline, now
from hopopt.core.directed import Directed
from hopopt.core.energy import Diagonal, Energy, Scaled, Sum
from hopopt.core.exchanges import Exchanges
from hopopt.core.exponential_euler import ExponentialEuler
from hopopt.core.face import Face
from hopopt.core.files import replacing
from hopopt.core.flow import IMPLICIT_UNITS, SOLVERS, Flow
from hopopt.core.hidden import Memory
from hopopt.core.inertial import Inertial
from hopopt.core.ising import IsingEnergy
from hopopt.core.kronecker import Kronecker
from hopopt.core.lagrangian import Array, Lagrangian
from hopopt.core.line_search import LineSearch
from hopopt.core.low_rank import LowRank
from hopopt.core.majorize import Majorize
from hopopt.core.matrices import (
    Matrix,
    checked,
    diagonal_of,
    explicit,
    filled,
    real,
    rows_of,
    square,
)
from hopopt.core.motion import Monitor, Motion, Rest, Status, TimeUp
from hopopt.core.multilinear import Multilinear, Products
from hopopt.core.network import Network, State
from hopopt.core.permutations import (
    Order,
    Placement,
    is_permutation,
    permutation,
    permutation_matrix,
)
from hopopt.core.polynomials import Clauses, Polynomial, collected, literals_of, pairs_of
from hopopt.core.polytope import Polytope, Sinkhorn, Softmax
from hopopt.core.power import Power
from hopopt.core.quadratic import Penalty, Quadratic, QuadraticForm
from hopopt.core.structured import Structured
from hopopt.core.trace import Trace
from hopopt.core.units import Clip, Identity, Sigmoid, Tanh
from hopopt.core.updates import Updates

__all__ = [
    "IMPLICIT_UNITS",
    "SOLVERS",
    "Array",
    "Balance",
    "Budget",
    "Clauses",
    "Clip",
    "Cooling",
    "Deadline",
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
    "Matrix",
    "Memory",
    "Monitor",
    "Motion",
    "Multilinear",
    "Network",
    "Order",
    "Penalty",
    "Placement",
    "Polynomial",
    "Polytope",
    "Power",
    "Products",
    "Quadratic",
    "QuadraticForm",
    "Relaxation",
    "Rest",
    "Scaled",
    "Sigmoid",
    "Sinkhorn",
    "Softmax",
    "State",
    "Status",
    "Structured",
    "Sum",
    "Tanh",
    "TimeUp",
    "Trace",
    "Updates",
    "anneal",
    "check_counts",
    "check_kind",
    "check_nonnegative",
    "check_positive",
    "checked",
    "collected",
    "diagonal_of",
    "explicit",
    "filled",
    "indices",
    "is_finite",
    "is_permutation",
    "is_whole",
    "listed",
    "literals_of",
    "now",
    "numbers",
    "pairs_of",
    "permutation",
    "permutation_matrix",
    "real",
    "refuse_masked",
    "replacing",
    "rows_of",
    "square",
]
