"""Maximum satisfiability: the clauses that break shall weigh as little as possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from hopopt import Method
from problems.shared import files
from problems.shared.one_call import solved
from problems.spins.clause_peers import RC2
from problems.spins.clause_problem import ClauseProblem, formula_of
from problems.spins.cnf import BUILT_IN, Formula, drawn, read_cnf


class MaxSAT(ClauseProblem):
    """Break as little weight of clauses as possible, and no hard clause.

    Build it with `MaxSAT(clauses)`, or `load` (DIMACS, CNF and WCNF). A solution is a list of
    literals: 3 says that variable 3 is true, −3 that it is false. The cost is the weight of the
    clauses, but the hard ones, that break; `broken` says which these are.

    Parameters
    ----------
    clauses : iterable of sequences of int
        The literals of each, ±1 … ±N. One that comes twice counts once; a clause that holds a
        literal and its negation never breaks, an empty one always does.
    weights : array_like, default 1
        Nonnegative, one a clause or one for all.
    hard : iterable of sequences of int, default none
        Clauses that a feasible solution must not break; see `ClauseProblem` for their weight.
    size : int, optional
        N; by default the largest number that a literal has.
    instance : str, default "maxsat"
    optimum : float, optional
        The least cost, where it is known.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import MaxSAT
    >>> problem = MaxSAT([[1, 2], [-1], [-2]], weights=[3, 1, 2])
    >>> result = minimize(problem, rng=0)
    >>> result.x, result.fun, problem.broken(result.x)
    ([1, -2], 1.0, array([False,  True, False]))
    """

    name: ClassVar[str] = "maxsat"
    suffixes: ClassVar[tuple[str, ...]] = (".wcnf",)
    methods: ClassVar[Mapping[str, type[Method]]] = {**ClauseProblem.methods, RC2.name: RC2}

    def __init__(
        self,
        clauses: Iterable[Sequence[int]],
        weights: ArrayLike = 1.0,
        *,
        hard: Iterable[Sequence[int]] = (),
        size: int | None = None,
        instance: str = "maxsat",
        optimum: float | None = None,
    ) -> None:
        self._state(formula_of(clauses, weights, hard, size), instance, optimum)

    @classmethod
    def from_formula(
        cls, formula: Formula, instance: str = "maxsat", optimum: float | None = None
    ) -> Self:
        """Build from what `read_cnf` returns."""
        made = cls.__new__(cls)
        made._state(formula, instance, optimum)
        return made

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Load random clauses by name, or a DIMACS file: see `read_cnf`."""
        found = drawn(source)
        if found is not None:
            return cls.from_formula(found[0], source, 0.0 if found[1] else None)
        file = files.find(source, data, (".wcnf", ".cnf"), BUILT_IN)
        return cls.from_formula(read_cnf(file.text, file.label), file.name, file.best)

    @classmethod
    def sample(cls) -> Self:
        return cls.load("random-20-6")

    def cost(self, x: ArrayLike) -> float:
        """Return the weight of the clauses that break, but the hard ones."""
        weights = np.where(self.formula.hard, 0.0, self.formula.weights)
        return float(weights[self.broken(x)].sum())


def max_sat(
    clauses: Iterable[Sequence[int]],
    weights: ArrayLike = 1.0,
    *,
    hard: Iterable[Sequence[int]] = (),
    method: str | Method = "auto",
    **options: object,
) -> tuple[float, list[int]]:
    """Return the least weight of broken clauses that was found, and the literals that hold.

    Parameters
    ----------
    clauses, weights, hard
        As in `MaxSAT`.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Returns
    -------
    weight : float
    literals : list of int

    Examples
    --------
    >>> import problems
    >>> problems.max_sat([[1, 2], [-1, 2], [-2, 1], [-1, -2]], [1, 1, 1, 2])[0]
    1.0
    """
    problem = MaxSAT(clauses, weights, hard=hard)
    result = solved(problem, method, **options)
    return result.fun, result.x
