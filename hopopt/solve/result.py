"""What a solve returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.trace import Trace
from hopopt.solve.method import Kind
from hopopt.solve.problem import Problem, Violation


@dataclass(frozen=True, eq=False)
class Result:
    """The answer of `minimize`; the names are scipy's where scipy has one.

    Attributes
    ----------
    x : object
        The best solution, as the problem gives it (TSP: the node labels in order, open).
    fun : float
        Its cost in the problem's own sense.
    success : bool
        Whether x is feasible.
    status, message : int, str
        Why the solve stopped, and what to do about it.
    nit, nfev : int
        Steps of the motions that ran, as each counts them (of a SciPy solver, sweeps, line
        searches, …; those of many replicas at once are one), and their evaluations of the field,
        over all restarts and stages that came to their end. Where no motion ran, `nit` counts the
        rounds of a search, or a machine's own steps, and `nfev` is 0 unless the machine has a
        field.
    method, integrator : str
        The method, and what moved the state: the motions, as they first ran ("RK45 + updates"),
        or the machine, search or package; "none" where nothing did.
    kind : {"pure", "hybrid", "classical"}
        What found x: see `Method.kind`. Where a tiny problem was solved exactly, "classical".
    valid_before_decoding : bool or None
        Whether the outputs above ½ already were a solution. None for heuristics.
    output : array or None
        The outputs v of the best restart.
    energy : float or None
        Its final E.
    trace : Trace
        Its E against time.
    funs : tuple of float
        The cost that each restart found.
    seed : int or None
        Reproduces the result; None if a Generator was passed.
    cpu_seconds, wall_seconds : float
        Of the solve; a bound is not part of them.
    problem : Problem
    bound : float or None
        A cost that no solution can beat, where the method proved one, or it was asked for and the
        problem has one.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import MaxCut
    >>> result = minimize(MaxCut(3, ([0, 1, 2], [1, 2, 0])), rng=0)
    >>> result.fun, result.success, result.seed
    (2.0, True, 0)
    """

    x: Any
    fun: float
    success: bool
    status: int
    message: str
    nit: int
    nfev: int
    method: str
    integrator: str
    kind: Kind
    valid_before_decoding: bool | None
    output: Array | None = field(repr=False)
    energy: float | None
    trace: Trace = field(repr=False)
    funs: tuple[float, ...] = field(repr=False)
    seed: int | None
    cpu_seconds: float
    wall_seconds: float
    problem: Problem = field(repr=False)
    bound: float | None = None

    @property
    def pure(self) -> bool:
        """Whether x is the decoded state of a network that motions alone moved to rest."""
        return self.kind == "pure"

    @property
    def restarts(self) -> int:
        """How many restarts ran."""
        return len(self.funs)

    @property
    def gap(self) -> float | None:
        """Excess over the problem's known optimum, as a fraction; None where it is unknown."""
        return self._excess(self.problem.optimum)

    @property
    def gap_bound(self) -> float | None:
        """Excess over `bound`, as a fraction: no solution is better by more. None without one."""
        return self._excess(self.bound)

    def _excess(self, reference: float | None) -> float | None:
        if reference is None or not self.success:
            return None
        if reference == 0:
            return 0.0 if self.fun == 0 else None
        return self.problem.loss(self.fun - reference) / abs(reference)

    @property
    def violations(self) -> Sequence[Violation]:
        """The constraints that x breaks, by how much, and what would mend each."""
        return () if self.success else self.problem.violations(self.x)

    def to_dict(self) -> dict[str, Any]:
        """Return the result in plain types, ready for JSON."""
        return {
            "problem": self.problem.name,
            "instance": self.problem.instance,
            "n": self.problem.size,
            "method": self.method,
            "integrator": self.integrator,
            "kind": self.kind,
            "pure": self.pure,
            "valid": self.success,
            "valid_before_decoding": self.valid_before_decoding,
            "violations": [violation._asdict() for violation in self.violations],
            "cost": plain(self.fun),
            "optimum": plain(self.problem.optimum),
            "gap": self.gap,
            **self._certificate(),
            **self.problem.describe(self.x),
            "energy": None if self.energy is None or not np.isfinite(self.energy) else self.energy,
            "seed": self.seed,
            "restarts": self.restarts,
            "cpu_seconds": round(self.cpu_seconds, 4),
            "wall_seconds": round(self.wall_seconds, 4),
            "status": self.status,
            "message": self.message,
            "version": package_version(),
        }

    def _certificate(self) -> dict[str, Any]:
        if self.bound is None:
            return {}
        return {"bound": plain(self.bound), "gap_bound": self.gap_bound}


def plain(number: float | None) -> float | int | None:
    """Return whole numbers as int, so that TSPLIB lengths print as such."""
    if number is None or not np.isfinite(number):
        return None
    return int(number) if float(number).is_integer() and abs(number) < 2**53 else float(number)


def package_version() -> str:
    """Return the installed version of hopopt.

    Examples
    --------
    >>> package_version().split(".")[0].isdigit()
    True
    """
    try:
        return version("hopopt")
    except PackageNotFoundError:
        return "0+unknown"
