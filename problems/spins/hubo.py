"""Higher-order unconstrained binary optimisation: a polynomial of bits, or of spins."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import fsum
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Method, Polynomial
from hopopt.core import collected, pairs_of
from hopopt.solve import Sense
from problems.shared import files, labels
from problems.shared.frames import keyed
from problems.shared.magnitudes import level
from problems.shared.one_call import solved
from problems.shared.whole import refuse_large
from problems.spins import ensembles
from problems.spins.higher_order import HigherOrderProblem
from problems.spins.instance import Spins
from problems.spins.polynomial_files import Terms, read_polynomial
from problems.spins.spin_problem import checked_vector

BUILT_IN: Mapping[str, str] = {
    "labs-N": "low autocorrelation: N spins, the sum of all squared autocorrelations; order 4",
    "three-N": "3-spin glass: 3·N random triples of N spins, ±1; three-N-SEED likewise",
}
MOST_LABS = 200


class HUBO(HigherOrderProblem):
    """Find the bits x in {0, 1}, or spins in {−1, 1}, of least, or highest, value of a polynomial.

    Build it with `HUBO(terms)`, `from_polynomial`, or `load`. A solution is the array of bits or
    spins. Terms of two variables at most are solved as those of a `QUBO`.

    Parameters
    ----------
    terms : mapping or iterable of pairs
        From the variables of each term, a tuple or another collection of labels, to its number;
        the empty tuple is the constant. A variable that comes twice counts once (x² = x), of spins
        not at all (s² = 1); terms of the same variables are added up.
    spins : bool, default False
        Whether the variables are spins.
    sense : {"min", "max"}, default "min"
    variables : sequence of hashable, optional
        The labels, all different; by default those of the terms, in their natural order, or in that
        of their first appearance.
    instance : str, default "hubo"
    optimum : float, optional
        The best value, where it is known.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import HUBO
    >>> problem = HUBO({("a", "b", "c"): -3, ("a", "b"): 1, ("c",): 1, (): 2})
    >>> result = minimize(problem, rng=0)
    >>> result.x, result.fun
    (array([1, 1, 1], dtype=int8), 1.0)
    """

    name: ClassVar[str] = "hubo"
    suffixes: ClassVar[tuple[str, ...]] = (".hubo",)
    sense: Sense  # type: ignore[misc]  # an instance's own, where the base has one for all

    def __init__(
        self,
        terms: Terms,
        *,
        spins: bool = False,
        sense: Sense = "min",
        variables: Sequence[Hashable] | None = None,
        instance: str = "hubo",
        optimum: float | None = None,
    ) -> None:
        if sense not in ("min", "max"):
            raise ValueError(f"sense must be 'min' or 'max'; got {sense!r}")
        pairs = pairs_of(keyed(terms))
        refuse_large([value for _, value in pairs], "terms")
        names = _variables(pairs) if variables is None else variables
        self.labels = labels.check_labels(names, len(names), "variables")
        if not names:
            raise ValueError("terms must name at least one variable; got none")
        index = {label: k for k, label in enumerate(self.labels)}
        unknown = next((x for key, _ in pairs for x in key if x not in index), None)
        if unknown is not None:
            raise ValueError(f"terms must name variables of {list(names)[:9]}; got {unknown!r}")
        self.spins, self.sense = spins, sense
        numbered = [(tuple(index[x] for x in key), value) for key, value in pairs]
        self.polynomial = Polynomial(numbered, len(names), bits=not spins)
        weights = (part.weights for part in self.polynomial.products)
        even = level(*weights, np.array(self.polynomial.constant))
        self.levelled, self.exact = even is not None, even is None
        seen = self.polynomial if even is None else _weighed(self.polynomial, even, bits=not spins)
        signed = seen * (1.0 if sense == "min" else -1.0)
        assert isinstance(signed, Polynomial)
        self.energy = signed if spins else signed.of_spins()
        self.instance, self.optimum = instance, optimum

    @classmethod
    def from_polynomial(cls, polynomial: Any, **options: Any) -> Self:
        """Build from a `dimod.BinaryPolynomial`, to minimise; see `to_polynomial`.

        Examples
        --------
        >>> import pytest; dimod = pytest.importorskip("dimod")
        >>> poly = dimod.BinaryPolynomial({("a", "b", "c"): 1.0, ("a",): -2.0}, "SPIN")
        >>> HUBO.from_polynomial(poly).to_polynomial() == poly
        True
        """
        names = _variables([(tuple(key), 0.0) for key in polynomial])
        spins = polynomial.vartype.name == "SPIN"
        return cls(polynomial, spins=spins, variables=names, **options)

    def to_polynomial(self) -> Any:
        """Return the problem as a `dimod.BinaryPolynomial`, negated where the highest is best."""
        import dimod

        sign = 1.0 if self.sense == "min" else -1.0
        terms = {key: sign * value for key, value in self.terms.items()}
        return dimod.BinaryPolynomial(terms, "SPIN" if self.spins else "BINARY")

    @property
    def terms(self) -> dict[tuple[Hashable, ...], float]:
        """The terms by their variables' labels, each once."""
        return {
            tuple(self.labels[i] for i in key): value
            for key, value in self.polynomial.terms.items()
        }

    @classmethod
    def load(
        cls, source: str, data: str | PathLike[str] | None = None, *, sense: Sense | None = None
    ) -> Self:
        """Load a built-in instance, or a file of terms: see `read_polynomial`.

        Parameters
        ----------
        source, data
            As for `files.find`.
        sense : {"min", "max"}, optional
            Instead of the file's own; an optimum on record then counts no more.
        """
        drawn = ensembles.named(source, {"labs": "", "three": ""})
        if drawn is not None:
            kind, size, rng = drawn
            terms = low_autocorrelation(size) if kind == "labs" else three_spins(size, rng)
            names = range(size)
            return cls(terms, spins=True, sense=sense or "min", variables=names, instance=source)
        found = files.find(source, data, (".hubo", ".json", ".txt"), BUILT_IN)
        terms, spins, own = read_polynomial(found.text, found.label)
        best = found.best if sense in (None, own) else None
        return cls(terms, spins=spins, sense=sense or own, instance=found.name, optimum=best)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the problem as JSON that `load` reads; labels are integers and text."""
        terms = [[[labels.plain(x) for x in key], value] for key, value in self.terms.items()]
        whole = {"vartype": "SPIN" if self.spins else "BINARY", "sense": self.sense, "terms": terms}
        Path(path).write_text(json.dumps(whole) + "\n", encoding="utf-8")

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @classmethod
    def sample(cls) -> Self:
        return cls.load("three-20")

    @property
    def size(self) -> int:
        return self.energy.size

    def decode(self, s: Spins) -> NDArray[np.int8]:
        return np.where(np.asarray(s) > 0, 1, -1 if self.spins else 0).astype(np.int8)

    def cost(self, x: ArrayLike) -> float:
        """Return the polynomial's value."""
        values = checked_vector(x, self.size, "spins" if self.spins else "bits")
        if not self.levelled:
            return float(self.polynomial.value(values))
        return fsum(w * values[list(key)].prod() for key, w in self.polynomial.terms.items())

    def feasible(self, x: ArrayLike) -> bool:
        """Whether x holds one bit, or spin, a variable."""
        values = np.asarray(x)
        two = (-1, 1) if self.spins else (0, 1)
        return values.shape == (self.size,) and bool(np.isin(values, two).all())

    def adopt(self, x: Any) -> Any:
        """Return an array of bits or spins, also from a mapping of variables to them."""
        values = labels.values_of(self.labels, x)
        return values.astype(np.int8) if self.feasible(values) else values

    def encode(self, x: ArrayLike) -> Spins:
        return np.where(np.asarray(x) > 0, 1.0, -1.0)

    def plain(self, x: ArrayLike) -> list[int]:
        return [int(value) for value in np.asarray(x)]

    def __repr__(self) -> str:
        kind, order = "spins" if self.spins else "bits", self.energy.order
        return f"HUBO({self.instance!r}, {self.size} {kind}, order {order}, {self.sense})"


def _weighed(polynomial: Polynomial, weights: tuple[Any, ...], bits: bool) -> Polynomial:
    """Return the same products with other weights, and no constant, which comes last in these."""
    terms = [
        (tuple(key), weight)
        for part, mine in zip(polynomial.products, weights, strict=False)
        for key, weight in zip(part.units.T.tolist(), mine.tolist(), strict=True)
    ]
    return Polynomial(terms, polynomial.size, bits=bits)


def _variables(pairs: Iterable[tuple[tuple[Hashable, ...], float]]) -> list[Any]:
    names: list[Any] = list(dict.fromkeys(x for key, _ in pairs for x in key))
    with contextlib.suppress(TypeError):
        names = sorted(names)
    return names


def low_autocorrelation(n: int) -> Terms:
    """Return Σ_k (Σ_i s_i·s_{i+k})², k = 1 … n − 1, as a polynomial of n spins (Golay 1982).

    Examples
    --------
    >>> HUBO(low_autocorrelation(3), spins=True).cost([1, 1, -1])
    1.0
    """
    if n > MOST_LABS:
        raise ValueError(f"labs-N: expected N in 1 … {MOST_LABS}; got {n}")
    found: dict[tuple[int, ...], float] = {(i,): 0.0 for i in range(n)}
    for k in range(1, n):
        pairs = [(i, i + k) for i in range(n - k)]
        squares = (((*a, *b), 1.0) for a in pairs for b in pairs)
        for key, value in collected(squares, bits=False).items():
            found[key] = found.get(key, 0.0) + value
    return found


def three_spins(n: int, rng: np.random.Generator) -> Terms:
    """Return 3·n random triples of n spins with weights ±1."""
    if n < 3:
        raise ValueError(f"three-N: expected N of 3 or more; got {n}")
    triples = (tuple(sorted(rng.choice(n, 3, replace=False).tolist())) for _ in range(3 * n))
    return [(key, float(rng.choice((-1, 1)))) for key in triples]


def hubo(
    terms: Terms,
    *,
    spins: bool = False,
    sense: Sense = "min",
    method: str | Method = "auto",
    **options: Any,
) -> tuple[float, dict[Any, int]]:
    """Return a low (or high) value of a polynomial over bits, or spins, and the variables' values.

    Parameters
    ----------
    terms, spins, sense
        As in `HUBO`.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Returns
    -------
    value : float
    values : dict {variable: bit or spin}

    Examples
    --------
    >>> import problems
    >>> problems.hubo({("a", "b", "c"): 1, ("a",): -1}, spins=True)[0]
    -2.0
    """
    problem = HUBO(terms, spins=spins, sense=sense)
    result = solved(problem, method, **options)
    return result.fun, dict(zip(problem.labels, result.x.tolist(), strict=True))
