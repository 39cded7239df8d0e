"""Satisfiability: a solution that breaks no clause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from hopopt import Method
from problems.shared import files
from problems.shared.one_call import solved
from problems.spins.clause_peers import CDCL
from problems.spins.clause_problem import ClauseProblem, formula_of
from problems.spins.cnf import BUILT_IN, Formula, drawn, read_cnf


class SAT(ClauseProblem):
    """Break no clause.

    Build it with `SAT(clauses)`, or `load` (DIMACS CNF). A solution is a list of literals; it is
    feasible where all clauses hold, and its cost is the number of those that do not. No method here
    but `cdcl` can prove that there is none.

    Random clauses of three literals near 4.2 a variable are for `probsat`, which is ten to a
    hundred times as fast as any network there; planted ones above 5 a variable are an easy class.

    Parameters
    ----------
    clauses : iterable of sequences of int
        As in `MaxSAT`.
    size : int, optional
        Number of variables N; by default the largest number that a literal has.
    instance : str, default "sat"

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import SAT
    >>> result = minimize(SAT([[1, 2], [-1, 2], [-2, -1]]), rng=0, time_limit=1)
    >>> result.x, result.success
    ([-1, 2], True)
    """

    name: ClassVar[str] = "sat"
    suffixes: ClassVar[tuple[str, ...]] = (".cnf",)
    methods: ClassVar[Mapping[str, type[Method]]] = {**ClauseProblem.methods, CDCL.name: CDCL}
    decision: ClassVar[bool] = True

    def __init__(
        self,
        clauses: Iterable[Sequence[int]],
        *,
        size: int | None = None,
        instance: str = "sat",
    ) -> None:
        self._state(formula_of((), hard=clauses, size=size), instance, None)

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Load random clauses by name, or a DIMACS file: see `read_cnf`."""
        found, name, optimum = drawn(source), source, None
        if found is not None:
            formula, planted = found
            optimum = 0.0 if planted else None
        else:
            file = files.find(source, data, (".cnf",), BUILT_IN)
            formula, name = read_cnf(file.text, file.label), file.name
            if any(weight != 1 for weight in formula.weights):
                raise ValueError(f"{name}: expected clauses without weights; take maxsat for these")
        made = cls.__new__(cls)
        clauses, count = formula.clauses, len(formula.clauses)
        made._state(Formula(clauses, [0.0] * count, [True] * count, formula.size), name, optimum)
        return made

    @classmethod
    def sample(cls) -> Self:
        return cls.load("planted-20-4")

    def cost(self, x: ArrayLike) -> float:
        """Return how many clauses break."""
        return float(np.count_nonzero(self.broken(x)))

    def bound(self, time_limit: float | None = None) -> float:
        return 0.0


def sat(
    clauses: Iterable[Sequence[int]], *, method: str | Method = "auto", **options: object
) -> list[int] | None:
    """Return literals that satisfy all clauses, or None where none were found.

    Parameters
    ----------
    clauses : iterable of sequences of int
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import problems
    >>> problems.sat([[1, 2], [-1, 2], [-2, -1]])
    [-1, 2]
    """
    result = solved(SAT(clauses), method, **options)
    return result.x if result.success else None
