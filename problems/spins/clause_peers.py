"""Exact solvers of clauses from the package python-sat, for comparison."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from threading import Timer
from typing import Any, ClassVar, Protocol

import numpy as np

from hopopt import Attempt, Monitor, Status
from problems.shared.external import External, Stopwatch
from problems.spins.cnf import Formula

FINE = 10**9


class ClauseInstance(Protocol):
    """Clauses, and what they are called."""

    name: ClassVar[str]

    @property
    def formula(self) -> Formula: ...


class PySAT(External):
    """A solver of python-sat, which is interrupted when the time is over, and then has nothing."""

    package: ClassVar[str] = "python-sat"
    module: ClassVar[str] = "pysat"

    def run(self, stop: Callable[[], Any], solve: Callable[[], Any], watch: Stopwatch) -> Any:
        """Return what `solve` does, unless it must be stopped."""
        timer = Timer(watch.left, stop)
        timer.start()
        try:
            return solve()
        finally:
            timer.cancel()

    def answer(self, model: Any, size: int, watch: Stopwatch) -> Attempt:
        """Return a model as a solution; variables that it leaves out are false."""
        if model is None:
            raise ValueError(f"{self.name} found nothing in {watch.seconds:.3g} s")
        signs = np.full(size, -1)
        known = [x for x in model if abs(x) <= size]
        signs[np.abs(known) - 1] = np.sign(known)
        x = (signs * np.arange(1, size + 1)).tolist()
        return Attempt(x=x, status=Status.CONVERGED, integrator=self.integrator())


class RC2(PySAT):
    """RC2, the core-guided MaxSAT solver of Ignatiev, Morgado & Marques-Silva (2019): exact.

    Weights must be whole numbers; others are refused.
    """

    name: ClassVar[str] = "rc2"
    summary: ClassVar[str] = "the package python-sat: RC2, core-guided, exact"

    def refusal(self, problem: ClauseInstance) -> str | None:
        weights = problem.formula.weights
        if any(weight != int(weight) for weight in weights):
            return f"{self.name} takes whole weights only"
        return super().refusal(problem)

    def attempt(
        self, problem: ClauseInstance, rng: np.random.Generator, monitor: Monitor
    ) -> Attempt:
        if (refusal := self.refusal(problem)) is not None:
            raise ValueError(refusal)
        formula, watch = problem.formula, Stopwatch(monitor)
        whole = import_module("pysat.formula").WCNF()
        rows = zip(formula.clauses, formula.weights, formula.hard, strict=True)
        for clause, weight, hard in rows:
            if hard:
                whole.append(list(clause))
            elif weight and clause:
                whole.append(list(clause), weight=int(weight))
        with import_module("pysat.examples.rc2").RC2(whole) as solver:
            model = self.run(solver.interrupt, lambda: solver.compute(expect_interrupt=True), watch)
            return self.answer(model, formula.size, watch)


class CDCL(PySAT):
    """Glucose 4, a solver by conflict-driven clause learning.

    It looks for a solution that breaks nothing, or proves that there is none.

    References
    ----------
    Audemard & Simon, "Predicting learnt clauses quality in modern SAT solvers", 2009.
    """

    name: ClassVar[str] = "cdcl"
    summary: ClassVar[str] = "the package python-sat: Glucose 4, conflict-driven clause learning"

    def attempt(
        self, problem: ClauseInstance, rng: np.random.Generator, monitor: Monitor
    ) -> Attempt:
        formula, watch = problem.formula, Stopwatch(monitor)
        solvers = import_module("pysat.solvers")
        with solvers.Glucose4(bootstrap_with=list(map(list, formula.clauses))) as solver:
            found = self.run(
                solver.interrupt, lambda: solver.solve_limited(expect_interrupt=True), watch
            )
            if found is False:
                raise ValueError(f"{self.name} has proved that no solution breaks nothing")
            return self.answer(solver.get_model() if found else None, formula.size, watch)
