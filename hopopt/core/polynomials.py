"""Energies of any order by name: polynomials of spins or bits, and weighted clauses."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.checks import is_whole, listed
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import real
from hopopt.core.multilinear import Multilinear, Products


class Polynomial(Multilinear):
    """H(v) = Σ_t w_t·Π_{i∈t} v_i: a polynomial of spins or of bits, of any order.

    Parameters
    ----------
    terms : mapping or iterable of pairs
        From tuples of units to numbers; the empty tuple is the constant. Those that name the same
        units are added up.
    size : int, optional
        Number of units; by default one more than the largest that is named.
    bits : bool, default False
        What a unit that a term names twice stands for: of spins s² = 1, of bits x² = x.

    Raises
    ------
    ValueError
        Where a key is no tuple of units, or a number is NaN or infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Polynomial
    >>> H = Polynomial({(0, 1, 2): -1.0, (0, 0, 1): 0.5, (): 2.0})
    >>> H.terms
    {(): 2.0, (1,): 0.5, (0, 1, 2): -1.0}
    >>> float(H.value(np.array([1.0, -1.0, -1.0])))
    0.5
    """

    def __init__(
        self,
        terms: Mapping[Any, float] | Iterable[tuple[Any, float]],
        size: int | None = None,
        *,
        bits: bool = False,
    ) -> None:
        pairs = pairs_of(terms, "units 0, 1, …")
        numbers = real([value for _, value in pairs], "terms", sums=True).tolist()
        named = [(_units(key), value) for (key, _), value in zip(pairs, numbers, strict=True)]
        summed = collected(named, bits)
        top = 1 + max((unit for key, _ in named for unit in key), default=-1)
        constant = summed.pop((), 0.0)
        kept = {key: value for key, value in summed.items() if value}
        super().__init__(top if size is None else size, _by_order(kept), constant)

    @property
    def terms(self) -> dict[tuple[int, ...], float]:
        """The terms as they are, each once, short ones first."""
        pairs = (
            (tuple(key), value)
            for part in self.products
            for key, value in zip(part.units.T.tolist(), part.weights.tolist(), strict=True)
        )
        found = collected(pairs, bits=False)
        constant = {(): self.constant} if self.constant else {}
        return constant | dict(sorted(found.items(), key=lambda term: (len(term[0]), term[0])))


class Clauses(Multilinear):
    """H(v) = Σ_c w_c·Π_{i∈c} (1 − q_ci·v_i)/2: on spins, the weight of the clauses that break.

    A clause is a disjunction of literals; +i says that unit i − 1 is up, q = 1, and −i that it is
    down, q = −1. It breaks where all of its literals fail. A literal that comes twice counts once,
    a clause that holds a literal and its negation never breaks, and an empty one always does.

    Parameters
    ----------
    clauses : iterable of sequences of int
        The literals of each, ±1 … ±N, as in DIMACS files.
    weights : array_like, default 1
        w, one a clause.
    size : int, optional
        N; by default the largest number that a literal has.

    Raises
    ------
    ValueError
        Where a literal is 0, no whole number, or beyond N; where weights do not fit.

    References
    ----------
    Pinkas, "Symmetric neural networks and propositional logic satisfiability", 1991.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Clauses
    >>> H = Clauses([[1, -2], [2], [-1, -2]], weights=[1, 2, 4])
    >>> float(H.value(np.array([1.0, 1.0]))), H.flip(np.array([1.0, 1.0]), np.array([-2.0, -2.0]))
    (4.0, array([-3., -2.]))
    """

    def __init__(
        self,
        clauses: Iterable[Sequence[int]],
        weights: ArrayLike = 1.0,
        size: int | None = None,
    ) -> None:
        whole = [literals_of(clause) for clause in listed(clauses, "clauses", "clauses")]
        numbers = real(weights, "weights", sums=True)
        if numbers.ndim and numbers.shape != (len(whole),):
            raise ValueError(
                f"weights must be a number, or one a clause, {len(whole)}; got {numbers.shape}"
            )
        w = np.broadcast_to(numbers, (len(whole),)).tolist()
        top = max((abs(literal) for clause in whole for literal in clause), default=0)
        if size is not None and not is_whole(size):
            raise ValueError(f"size must be a number of units; got {size!r}")
        if size is not None and top > size:
            raise ValueError(f"clauses must have literals within ±{size}; got {top}")
        open_ = [
            (tuple(clause), weight)
            for clause, weight in zip(whole, w, strict=True)
            if weight and clause and not any(-literal in clause for literal in clause)
        ]
        empty = sum(weight for clause, weight in zip(whole, w, strict=True) if not clause)
        super().__init__(top if size is None else size, _of_literals(open_), empty)


def literals_of(clause: Sequence[int]) -> list[int]:
    """Return the literals of a clause, each once, in order, or refuse them.

    Examples
    --------
    >>> literals_of([3, -1, 3])
    [3, -1]
    """
    literals = listed(clause, "clauses", "lists of literals")
    for literal in literals:
        whole = isinstance(literal, int | np.integer) and not isinstance(literal, bool)
        if not whole or not literal:
            raise ValueError(f"clauses must hold literals, ±1 … ±N; got {literal!r} in {clause!r}")
    return list(dict.fromkeys(map(int, literals)))


def pairs_of(terms: Any, of: str = "variables") -> list[tuple[tuple[Hashable, ...], Any]]:
    """Return terms, a mapping or pairs, as pairs of a tuple and a number, or refuse them.

    Parameters
    ----------
    terms : mapping or iterable of pairs
    of : str, default "variables"
        What the tuples hold, for the message.

    Examples
    --------
    >>> pairs_of({("a", "b"): 1.5, (): 2})
    [(('a', 'b'), 1.5), ((), 2)]
    """
    found = []
    for pair in listed(terms.items() if isinstance(terms, Mapping) else terms, "terms", "pairs"):
        try:
            key, value = pair
            variables = None if isinstance(key, str | bytes) else tuple(key)
            hash(variables)
        except (TypeError, ValueError):
            variables = None
        if variables is None:
            raise ValueError(f"terms must map tuples of {of} to numbers; got {pair!r}")
        found.append((variables, value))
    return found


def collected(
    terms: Iterable[tuple[tuple[Hashable, ...], float]], bits: bool
) -> dict[tuple[Any, ...], float]:
    """Return terms added up by the variables that they stand for, which are in order.

    Parameters
    ----------
    terms : iterable of (variables, number)
        Variables that can be sorted.
    bits : bool
        Of variables that come twice, bits leave one and spins none.

    Examples
    --------
    >>> collected([((1, 0, 1), 2.0), ((0,), 1.0)], bits=False)
    {(0,): 3.0}
    """
    found: dict[tuple[Any, ...], float] = {}
    for variables, value in terms:
        key = tuple(sorted(set(variables)))  # type: ignore[type-var]
        if not bits and len(key) < len(variables):
            key = tuple(x for x in key if variables.count(x) % 2)
        found[key] = found.get(key, 0.0) + value
    return found


def _units(key: Any) -> tuple[int, ...]:
    whole = isinstance(key, tuple) and all(
        isinstance(i, int | np.integer) and not isinstance(i, bool) and i >= 0 for i in key
    )
    if not whole:
        raise ValueError(f"terms must map tuples of units 0, 1, … to numbers; got the key {key!r}")
    return tuple(map(int, key))


def _by_order(terms: Mapping[tuple[int, ...], float]) -> Iterator[Products]:
    """Yield the terms of each order, the factors of which are the units themselves."""
    for keys, weights in _grouped(terms.items()):
        yield Products(keys, weights, np.zeros(keys.shape), np.ones(keys.shape))


def _of_literals(clauses: Iterable[tuple[tuple[int, ...], float]]) -> Iterator[Products]:
    """Yield the clauses of each length."""
    for literals, weights in _grouped(clauses):
        slopes = -np.sign(literals) / 2
        yield Products(np.abs(literals) - 1, weights, np.full(literals.shape, 0.5), slopes)


def _grouped(
    terms: Iterable[tuple[tuple[int, ...], float]],
) -> Iterator[tuple[Array, Array]]:
    groups: dict[int, list[tuple[tuple[int, ...], float]]] = {}
    for term in terms:
        groups.setdefault(len(term[0]), []).append(term)
    for length in sorted(groups):
        keys, weights = zip(*groups[length], strict=True)
        yield np.array(keys, dtype=np.intp).T.copy(), np.array(weights)
