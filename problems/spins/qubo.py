"""Quadratic unconstrained binary optimisation: xᵀQx over bits x in {0, 1}."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import fsum
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from hopopt import IsingEnergy, Method
from hopopt.core import diagonal_of, is_finite, numbers, square
from hopopt.solve import Sense
from problems.shared import files, labels
from problems.shared.frames import keyed, unframed
from problems.shared.magnitudes import level
from problems.shared.one_call import solved
from problems.shared.whole import refuse_large
from problems.spins import ensembles
from problems.spins.instance import Spins
from problems.spins.quadratic import QuadraticProblem, pairs_of
from problems.spins.quadratic_files import read_quadratic
from problems.spins.spin_problem import checked_vector

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Bits = NDArray[np.int8]
SUMS = 1e305

BUILT_IN: Mapping[str, str] = {
    "beasley-N": "N bits, a tenth of the pairs −100 … 100, to maximise; beasley-N-SEED likewise",
}
SUFFIXES = (".qubo", ".sparse", ".qplib", ".coo", ".mtx", ".txt")


class QUBO(QuadraticProblem):
    """Find the bits x in {0, 1} that minimise, or maximise, xᵀQx + constant.

    Build it with `QUBO(Q)`, `from_dict`, or `load` (files of qbsolv, Biq Mac, …). A solution is the
    array of bits.

    Parameters
    ----------
    Q : array_like, frame or sparse array, shape (N, N)
        Need not be symmetric: xᵀQx sees only (Q + Qᵀ)/2. The diagonal is the linear part. So an
        upper triangle, a dictionary of the same pairs and the symmetric matrix of halves are one
        problem (see the examples). Numbers of up to 1e308 may stand for pairs that must not be (a
        "big M"): what they outweigh still counts.
    sense : {"min", "max"}, default "min"
    constant : float, default 0
    variables : sequence of hashable, optional
        The variables' labels, all different; a frame's by default, or 0 … N − 1.
    instance : str, default "qubo"
    optimum : float, optional
        The best value, where it is known.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import QUBO
    >>> result = minimize(QUBO([[-1, 3], [0, -2]]), rng=0)
    >>> result.x, result.fun
    (array([0, 1], dtype=int8), -2.0)

    The pair {0, 1} costs 3 in each of these:

    >>> forms = QUBO([[-1, 3], [0, -2]]), QUBO([[-1, 1.5], [1.5, -2]])
    >>> forms += (QUBO.from_dict({(0, 0): -1, (0, 1): 3, (1, 1): -2}),)
    >>> [problem.cost([1, 1]) for problem in forms]
    [0.0, 0.0, 0.0]
    """

    name: ClassVar[str] = "qubo"
    suffixes: ClassVar[tuple[str, ...]] = (".qubo", ".sparse", ".qplib", ".coo")
    sense: Sense  # type: ignore[misc]  # an instance's own, where the base has one for all

    def __init__(
        self,
        Q: Any,
        *,
        sense: Sense = "min",
        constant: float = 0.0,
        variables: Sequence[Hashable] | None = None,
        instance: str = "qubo",
        optimum: float | None = None,
    ) -> None:
        if sense not in ("min", "max"):
            raise ValueError(f"sense must be 'min' or 'max'; got {sense!r}")
        if not is_finite(constant):
            raise ValueError(f"constant must be finite; got {constant!r}")
        if isinstance(Q, Mapping) and not hasattr(Q, "tocsr"):
            raise TypeError("Q must be a matrix; QUBO.from_dict takes a dict")
        Q, names = unframed(Q, "Q")
        refuse_large(Q, "Q")
        self.Q = square(_capped(Q, sense), "Q", sums=True)
        if not self.Q.shape[0]:
            raise ValueError("Q must have at least one variable; got none")
        self.sense, self.constant = sense, float(constant)
        known = names if variables is None else variables
        self.labels = labels.check_labels(known, self.Q.shape[0], "variables")
        self.instance, self.optimum = instance, optimum
        sign = 1.0 if sense == "min" else -1.0
        even = level(self.Q / 2 + self.Q.T / 2, np.array(self.constant))
        self.levelled, self.exact = even is not None, even is None
        seen, rest = (self.Q, self.constant) if even is None else even
        self.energy = energy_of_bits(sign * seen, sign * float(rest))

    @classmethod
    def from_dict(cls, Q: Mapping[Any, float], **options: Any) -> Self:
        """Build from ``{(u, v): value}``, as D-Wave's tools do; (u, u) is the linear part of u.

        The variables are in their natural order, or, where they have none, in that of their
        first appearance. What comes as (u, v) and (v, u) is added up.
        """
        variables, Qs = pairs_of(keyed(Q), "Q")
        return cls(Qs, variables=variables, **options)

    @classmethod
    def from_bqm(cls, bqm: Any, **options: Any) -> Self:
        """Build from a `dimod.BinaryQuadraticModel`, of bits or of spins s = 2x − 1, to minimise.

        Examples
        --------
        >>> import pytest; dimod = pytest.importorskip("dimod")
        >>> bqm = dimod.BinaryQuadraticModel({"a": -1}, {("a", "b"): 2}, 0.5, "BINARY")
        >>> QUBO.from_bqm(bqm).cost([1, 0]), QUBO.from_bqm(bqm).to_bqm() == bqm
        (-0.5, True)
        """
        labels = list(bqm.variables)
        linear, (i, j, values), offset = bqm.binary.to_numpy_vectors(labels)
        Q = sparse.csr_array((values, (i, j)), shape=(len(labels), len(labels)))
        Q = sparse.csr_array(Q + sparse.diags_array(np.asarray(linear, dtype=float)))
        return cls(Q, constant=float(offset), variables=labels, **options)

    def to_bqm(self) -> Any:
        """Return the problem as a `dimod.BinaryQuadraticModel` of bits, which is minimised.

        Where the highest value is the best, the model is −xᵀQx − constant.
        """
        import dimod

        sign = 1.0 if self.sense == "min" else -1.0
        entries = sparse.coo_array(sign * self.Q)
        own = entries.coords[0] == entries.coords[1]
        linear = np.zeros(self.size)
        np.add.at(linear, entries.coords[0][own], entries.data[own])
        ends = (entries.coords[0][~own], entries.coords[1][~own], entries.data[~own])
        return dimod.BinaryQuadraticModel.from_numpy_vectors(
            linear, ends, sign * self.constant, "BINARY", variable_order=list(self.labels)
        )

    @classmethod
    def load(
        cls,
        source: str,
        data: str | PathLike[str] | None = None,
        *,
        sense: Sense | None = None,
        number: int = 1,
    ) -> Self:
        """Load a built-in instance or a file: qbsolv's, Biq Mac's, COO, …: see `read_quadratic`.

        Parameters
        ----------
        source, data
            As for `files.find`.
        sense : {"min", "max"}, optional
            By default that of the format: qbsolv's files are minimised.
        number : int, default 1
            Which of several forms in one file of the OR-Library.
        """
        drawn = ensembles.named(source, {"beasley": ""})
        if drawn is not None:
            return cls(ensembles.beasley(*drawn[1:]), sense=sense or "max", instance=source)
        found = files.find(source, data, SUFFIXES)
        form = read_quadratic(found.text, found.label, found.suffix, number)
        problem = cls(
            form.Q,
            sense=sense or form.sense,
            constant=form.constant,
            variables=form.variables,
            instance=found.name,
        )
        best = found.best  # one that no bits at all beat is of the other sense
        if best is not None and problem.loss(best) <= problem.loss(form.constant):
            problem.optimum = best
        return problem

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @classmethod
    def sample(cls) -> Self:
        return cls.load("beasley-20")

    @property
    def size(self) -> int:
        return self.energy.size

    def decode(self, s: Spins) -> Bits:
        return np.asarray(s > 0).astype(np.int8)

    def cost(self, x: ArrayLike) -> float:
        """Return xᵀQx + constant."""
        bits = checked_vector(x, self.size, "bits")
        if self.levelled:
            on = self.Q[bits > 0][:, bits > 0]
            return fsum([*np.ravel(on if isinstance(on, np.ndarray) else on.data), self.constant])
        return float(bits @ (self.Q @ bits)) + self.constant

    def feasible(self, x: ArrayLike) -> bool:
        """Whether x holds one bit a variable."""
        bits = np.asarray(x)
        return bits.shape == (self.size,) and bool(np.isin(bits, (0, 1)).all())

    def adopt(self, x: Any) -> Any:
        """Return an array of bits, also from a mapping of variables to them."""
        values = labels.values_of(self.labels, x)
        return values.astype(np.int8) if self.feasible(values) else values

    def encode(self, x: ArrayLike) -> Spins:
        return np.asarray(2.0 * np.asarray(x) - 1)

    def plain(self, x: ArrayLike) -> list[int]:
        return [int(bit) for bit in np.asarray(x)]

    def plot(self, x: ArrayLike, ax: Axes | None = None) -> Axes:
        """Draw Q with the variables that are 1 first, and a line behind them."""
        from hopopt.plotting import caption
        from problems.spins.pictures import plot_couplings

        on, title = np.asarray(x) > 0, caption(self, self.cost(x))
        return plot_couplings(self.Q, on, ax, title=title, symbol="Q", word="1")

    def __repr__(self) -> str:
        return f"QUBO({self.instance!r}, {self.size} variables, {self.sense})"


def energy_of_bits(Q: Any, constant: float = 0.0) -> IsingEnergy:
    """Return xᵀQx + constant as an energy of the spins s = 2x − 1.

    With Q symmetrised, J = −Q/2 off the diagonal, h = −½·Σ_j Q_ij, and the constant takes in
    ¼·ΣQ + ¼·Σ_i Q_ii.
    """
    Q = square(Q, "Q", sums=True)
    both = (np.asarray(Q.sum(0)).ravel() + np.asarray(Q.sum(1)).ravel()) / 2
    with np.errstate(over="ignore", invalid="ignore"):
        rest = constant + (float(both.sum()) + float(diagonal_of(Q).sum())) / 4
    J = -Q / 2
    diagonal = diagonal_of(J).sum() / 2
    return IsingEnergy(J, -both / 2, rest + float(diagonal))


def _capped(Q: Any, sense: Sense) -> Any:
    """Return Q with pairs that must not be (a "big M") no larger than sums of them can be told."""
    Q = Q.astype(float).tocsr() if hasattr(Q, "tocsr") else numbers(Q, "Q").astype(float)
    entries = Q if isinstance(Q, np.ndarray) else Q.data
    most = SUMS / max(1, entries.size)
    beyond = (entries > most) if sense == "min" else (entries < -most)
    beyond &= np.isfinite(entries)
    if beyond.any():
        entries[beyond] = np.copysign(most, entries[beyond])
    return Q


def qubo(
    Q: Any, *, sense: Sense = "min", method: str | Method = "auto", **options: Any
) -> tuple[float, Any]:
    """Return a low (or high) value of xᵀQx over bits, and its bits.

    Parameters
    ----------
    Q : array_like, frame, sparse array, or mapping of (u, v) to value
    sense : {"min", "max"}, default "min"
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Returns
    -------
    value : float
    bits : array, or dict {variable: bit} where Q names its variables

    Examples
    --------
    >>> import problems
    >>> problems.qubo({("a", "a"): -1, ("a", "b"): 2})
    (-1.0, {'a': 1, 'b': 0})
    """
    Q = keyed(Q)
    pairs = isinstance(Q, Mapping) and not sparse.issparse(Q)
    problem = QUBO.from_dict(Q, sense=sense) if pairs else QUBO(Q, sense=sense)
    result = solved(problem, method, **options)
    if isinstance(problem.labels, range):
        return result.fun, result.x
    return result.fun, dict(zip(problem.labels, result.x.tolist(), strict=True))
