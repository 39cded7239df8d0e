"""SciPy's methods for the quadratic assignment, for comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from scipy.optimize import quadratic_assignment

from hopopt import Attempt, Method, Monitor, Status
from hopopt.solve import Kind
from problems.permutations.instance import Instance


class _SciPy(Method):
    """One of the methods of `scipy.optimize.quadratic_assignment`, from a random start."""

    kind: Kind = "classical"

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        options = {"rng": np.random.default_rng(rng.integers(2**32)), **self.start(problem, rng)}
        solve: Any = quadratic_assignment
        found = solve(problem.A, problem.B, method=self.name, options=options)
        order = np.asarray(found.col_ind)
        return Attempt(problem.solution(order), Status.CONVERGED, nit=int(found.nit))

    def refusal(self, problem: Instance) -> str | None:
        return None if problem.alone else f"{self.name} takes two matrices of one size, to minimise"

    def start(self, problem: Instance, rng: np.random.Generator) -> dict[str, Any]:
        """Return the options that make a restart differ."""
        return {}

    def restarts(self, problem: Instance) -> int:
        return 10


class FAQ(_SciPy):
    """SciPy's fast approximate QAP algorithm, from random doubly stochastic matrices.

    References
    ----------
    Vogelstein et al., "Fast approximate quadratic programming for graph matching", 2015.
    """

    name: ClassVar[str] = "faq"
    summary: ClassVar[str] = "scipy quadratic_assignment, method faq, randomized starts"

    def start(self, problem: Instance, rng: np.random.Generator) -> dict[str, Any]:
        return {"P0": "randomized"}


class TwoOpt(_SciPy):
    """SciPy's 2-opt, from random permutations, or from a solution that is given."""

    name: ClassVar[str] = "2opt"
    summary: ClassVar[str] = "scipy quadratic_assignment, method 2opt"
    initial: Any = None

    def start(self, problem: Instance, rng: np.random.Generator) -> dict[str, Any]:
        if self.initial is None:
            return {}
        order = problem.order(self.initial)
        return {"partial_guess": np.stack([np.arange(len(order)), order], axis=1)}


PEERS: Mapping[str, type[Method]] = {m.name: m for m in (FAQ, TwoOpt)}
