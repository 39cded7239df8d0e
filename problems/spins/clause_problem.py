"""What maximum satisfiability and satisfiability have in common: clauses, and who breaks them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Clauses, Method, Violation
from hopopt.core import listed, literals_of, real
from problems.shared.magnitudes import exponent
from problems.shared.whole import refuse_large
from problems.spins.cnf import BUILT_IN, EXACT, MOST_VARIABLES, Formula
from problems.spins.higher_order import HigherOrderProblem
from problems.spins.instance import Spins
from problems.spins.walksat import ProbSAT, WalkSAT


class ClauseProblem(HigherOrderProblem):
    """A problem of clauses over N variables; a solution is a list of N literals, those that hold.

    Its energy is Σ_c w_c·Π (1 − q_ci·s_i)/2, the weight of the clauses that break, and there are no
    auxiliary variables. A hard clause weighs one more than all others that any one variable is in;
    more would drown these. So a flip that mends it and breaks no other pays; where mending takes
    several flips, an answer may break a hard clause, and says so.

    Attributes
    ----------
    formula : Formula
    exact : bool
        Whether a hard clause outweighs all others together, or there is none.
    """

    methods: ClassVar[Mapping[str, type[Method]]] = {
        **HigherOrderProblem.methods,
        **{method.name: method for method in (ProbSAT, WalkSAT)},
    }
    formula: Formula

    def _state(self, formula: Formula, instance: str, optimum: float | None) -> None:
        """Take over a formula."""
        if not formula.size:
            raise ValueError("clauses must name at least one variable; got none")
        self.formula, self.instance, self.optimum = formula, instance, optimum
        soft = sum(w for w, hard in zip(formula.weights, formula.hard, strict=True) if not hard)
        vast = max(formula.weights, default=0.0) > EXACT
        if soft > EXACT and not vast:
            raise ValueError(f"weights must add up to at most 2^53, to be exact; got {soft:g}")
        rigid, pairs = 1 + self._heaviest(formula), zip(formula.weights, formula.hard, strict=True)
        unit = 2.0 ** exponent(soft) if vast else 1.0
        weights = [(rigid if hard else weight) / unit for weight, hard in pairs]
        self.exact = not vast and (rigid > soft or not any(formula.hard))
        self.energy = Clauses(formula.clauses, weights, formula.size)
        self.floor = min((weight for weight in weights if weight), default=1.0) / 2

    @staticmethod
    def _heaviest(formula: Formula) -> float:
        """Return the weight of the clauses, but the hard ones, that a variable is in at most."""
        weight = [0.0] * (formula.size + 1)
        for clause, w, hard in zip(*formula[:3], strict=True):
            for i in set() if hard else set(map(abs, clause)):
                weight[i] += w
        return max(weight)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @property
    def size(self) -> int:
        return self.formula.size

    def decode(self, s: Spins) -> list[int]:
        numbers = np.arange(1, self.size + 1)
        return [int(x) for x in np.where(np.asarray(s) > 0, numbers, -numbers)]

    def adopt(self, x: Any) -> Any:
        """Return literals, also from truth values: {variable: value}, or one a variable."""
        values = [x[k] for k in range(1, self.size + 1)] if isinstance(x, Mapping) else x
        if all(isinstance(value, bool | np.bool_) for value in values):
            return self.decode(np.where(values, 1.0, -1.0))
        return x

    def encode(self, x: ArrayLike) -> Spins:
        return np.where(np.asarray(x) > 0, 1.0, -1.0)

    @cached_property
    def _literals(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """All literals, and the clauses that they are in."""
        lengths = [len(clause) for clause in self.formula.clauses]
        flat = np.array([x for clause in self.formula.clauses for x in clause], dtype=np.intp)
        return flat, np.repeat(np.arange(len(lengths)), lengths)

    def broken(self, x: ArrayLike) -> NDArray[np.bool_]:
        """Return which clauses a solution breaks, shape (M,).

        Raises
        ------
        ValueError
            Where x does not hold a literal of each variable, in order.
        """
        signs = self._signs(x)
        if signs is None:
            raise ValueError(f"x must hold literals of 1 … {self.size}, in order; got {x!r}")
        literals, clause = self._literals
        holds = signs[np.abs(literals) - 1] * literals > 0
        held = np.bincount(clause, holds, minlength=len(self.formula.clauses))
        return np.asarray(held == 0)

    def _signs(self, x: ArrayLike) -> NDArray[np.intp] | None:
        """Return the signs of a solution's literals, None where it is no solution."""
        literals = np.asarray(x)
        if literals.shape != (self.size,) or literals.dtype.kind not in "iu":
            return None
        right = np.array_equal(np.abs(literals), np.arange(1, self.size + 1))
        return np.sign(literals) if right else None

    def feasible(self, x: ArrayLike) -> bool:
        """Whether x holds a literal of each variable, in order, and breaks no hard clause."""
        return self._signs(x) is not None and not self.violations(x)

    def violations(self, x: ArrayLike) -> list[Violation]:
        """Return the hard clauses that x breaks."""
        found = np.flatnonzero(self.broken(x) & np.array(self.formula.hard, dtype=bool)).tolist()
        return [
            Violation(f"clause {c + 1}, {list(self.formula.clauses[c])}, holds", 1, "flip one")
            for c in found
        ]

    def describe(self, x: ArrayLike) -> dict[str, Any]:
        """Return the sense, the literals that hold, and the numbers of the broken clauses."""
        numbers = (np.flatnonzero(self.broken(x)) + 1).tolist()
        return {**super().describe(x), "broken": numbers}

    def plain(self, x: ArrayLike) -> list[int]:
        return [int(literal) for literal in np.asarray(x)]

    def __repr__(self) -> str:
        count = len(self.formula.clauses)
        return f"{type(self).__name__}({self.instance!r}, {self.size} variables, {count} clauses)"


def formula_of(
    clauses: Iterable[Sequence[int]],
    weights: ArrayLike = 1.0,
    hard: Iterable[Sequence[int]] = (),
    size: int | None = None,
) -> Formula:
    """Return clauses with weights, and hard ones behind them, or refuse them by name.

    Parameters
    ----------
    clauses : iterable of sequences of int
    weights : array_like, default 1
        Nonnegative, one a clause or one for all.
    hard : iterable of sequences of int
    size : int, optional
        Number of variables; by default the largest number that a literal has.

    Examples
    --------
    >>> formula_of([[1, -2]], 3, hard=[[2]]).hard
    [False, True]
    """
    told = (listed(clauses, "clauses", "clauses"), listed(hard, "hard", "clauses"))
    soft, whole = ([tuple(literals_of(clause)) for clause in group] for group in told)
    numbers = real(weights, "weights", sums=True)
    refuse_large(weights, "weights")
    if numbers.ndim and numbers.shape != (len(soft),):
        raise ValueError(f"weights must be a number, or one a clause; got shape {numbers.shape}")
    if np.any(numbers < 0):
        raise ValueError(f"weights must be nonnegative; got {numbers.min():g}")
    largest = max((abs(x) for clause in (*soft, *whole) for x in clause), default=0)
    if not (size is None or (isinstance(size, Integral) and not isinstance(size, bool))):
        raise ValueError(f"size must be a whole number of variables; got {size!r}")
    if size is not None and largest > size:
        raise ValueError(f"clauses must have literals within ±{size}; got {largest}")
    largest = largest if size is None else int(size)
    if largest > MOST_VARIABLES:
        raise ValueError(
            f"size must be at most {MOST_VARIABLES} variables; got {str(largest)[:40]}"
        )
    w = np.broadcast_to(numbers, (len(soft),)).tolist() + [0.0] * len(whole)
    marks = [False] * len(soft) + [True] * len(whole)
    return Formula([*soft, *whole], w, marks, largest)
