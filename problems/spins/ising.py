"""The Ising problem: spins s in {−1, 1} of least energy."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import fsum
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from hopopt import IsingEnergy, Method
from hopopt.core import Array, Structured
from problems.shared import files, labels
from problems.shared.frames import keyed, unframed
from problems.shared.graphs import read_rudy
from problems.shared.magnitudes import level
from problems.shared.one_call import solved
from problems.shared.whole import refuse_large
from problems.spins import ensembles
from problems.spins.instance import Spins
from problems.spins.quadratic import QuadraticProblem, pairs_of
from problems.spins.quadratic_files import read_quadratic
from problems.spins.qubo import energy_of_bits
from problems.spins.spin_problem import checked_vector

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUILT_IN: Mapping[str, str] = {
    "sk-N": "Sherrington–Kirkpatrick: all pairs coupled, normal; sk-N-SEED likewise",
    "bimodal-N": "all pairs coupled, ±1; bimodal-N-SEED likewise",
    "planted-N": "all pairs coupled, ground state planted at energy 0; planted-N-SEED likewise",
    "regular-N": "antiferromagnet on a random 3-regular graph; regular-N-SEED likewise",
}
DRAW = {
    "sk": ensembles.sherrington_kirkpatrick,
    "bimodal": ensembles.bimodal,
    "planted": ensembles.planted,
    "regular": ensembles.regular,
}


class Ising(QuadraticProblem):
    """Find the spins s in {−1, 1} that minimise −½·sᵀJs − hᵀs + constant.

    Build it with `Ising(J, h)`, `from_dict`, or `load`. A solution is the array of spins.

    Parameters
    ----------
    J : array_like or sparse array, shape (N, N)
        Couplings, as in `IsingEnergy`; a positive one favours equal spins.
    h : array_like, shape (N,), optional
        Fields; a positive one favours s = 1.
    constant : float, default 0
    variables : sequence of hashable, optional
        The spins' labels, all different; 0 … N − 1 by default.
    instance : str, default "ising"
    optimum : float, optional
        The least energy, where it is known.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import Ising
    >>> result = minimize(Ising([[0, -1], [-1, 0]], [0.5, 0]), rng=0)
    >>> result.x, result.fun
    (array([ 1, -1], dtype=int8), -1.5)
    """

    name: ClassVar[str] = "ising"

    def __init__(
        self,
        J: Any,
        h: ArrayLike | None = None,
        constant: float = 0.0,
        *,
        variables: Sequence[Hashable] | None = None,
        instance: str = "ising",
        optimum: float | None = None,
    ) -> None:
        J, names = unframed(J, "J")
        if not isinstance(J, IsingEnergy):
            refuse_large(J, "J")
            refuse_large([] if h is None else h, "h")
        self.model = J if isinstance(J, IsingEnergy) else IsingEnergy(J, h, constant)
        if not self.model.size:
            raise ValueError("J must have at least one spin; got none")
        even = None if isinstance(self.model.Q, Structured) else level(*_parts(self.model))
        self.levelled, self.exact = even is not None, even is None
        self.energy = self.model if even is None else IsingEnergy(-even[0], -even[1], even[2])
        known = names if variables is None else variables
        self.labels = labels.check_labels(known, self.energy.size, "spins")
        self.instance, self.optimum = instance, optimum

    @classmethod
    def from_dict(
        cls,
        h: Mapping[Any, float] | Sequence[float] | None,
        J: Mapping[Any, float],
        constant: float = 0.0,
        **options: Any,
    ) -> Self:
        """Build Σ h_u·s_u + Σ J_uv·s_u·s_v + constant from dictionaries.

        The signs are those of dimod and the physics of magnets in D-Wave's tools: *plus*. As there,
        h may be a sequence, the fields of the spins 0, 1, ….
        """
        h, J = keyed(h), keyed(J)
        h = h if isinstance(h, Mapping) else dict(enumerate([] if h is None else h))
        if not isinstance(J, Mapping):
            raise ValueError(f"J must map pairs (u, v) to numbers; got {type(J).__name__}")
        pairs = {**{(u, u): 0.0 for u in h}, **J}
        variables, couplings = pairs_of(pairs, "J")
        index = {label: k for k, label in enumerate(variables)}
        fields = np.zeros(len(variables))
        for label, value in h.items():
            fields[index[label]] = -float(value)
        return cls(
            IsingEnergy(-(couplings + couplings.T), fields, constant),
            variables=variables,
            **options,
        )

    @classmethod
    def from_edges(
        cls,
        size: int,
        edges: tuple[ArrayLike, ArrayLike],
        couplings: ArrayLike,
        h: ArrayLike | None = None,
        constant: float = 0.0,
        **options: Any,
    ) -> Self:
        """Build −Σ J_ij·s_i·s_j − hᵀs + constant from pairs; see `IsingEnergy.from_edges`."""
        return cls(IsingEnergy.from_edges(size, edges, couplings, h, constant), **options)

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Load a built-in instance, or a file ``n m``, then ``i j J_ij``, spins from 1 (or 0).

        A line ``i i h_i`` is a field. Files in COO are those of dimod, with its signs: see
        `read_quadratic`.
        """
        drawn = ensembles.named(source, DRAW)
        if drawn is not None:
            kind, size, rng = drawn
            energy, ground = DRAW[kind](size, rng)
            return cls(energy, instance=source, optimum=ground)
        found = files.find(source, data, (".ising", ".txt", ".coo"))
        if found.suffix == ".coo":
            form = read_quadratic(found.text, found.label)
            energy = energy_of_bits(form.Q, form.constant)
            return cls(energy, variables=form.variables, instance=found.name, optimum=found.best)
        size, (i, j), values, names = read_rudy(found.text, found.label)
        own = i == j
        h = np.bincount(i[own], values[own], minlength=size)
        energy = IsingEnergy.from_edges(size, (i[~own], j[~own]), values[~own], h)
        return cls(energy, variables=names, instance=found.name, optimum=found.best)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @classmethod
    def sample(cls) -> Self:
        return cls.load("sk-20")

    @property
    def size(self) -> int:
        return self.energy.size

    def decode(self, s: Spins) -> NDArray[np.int8]:
        return np.where(np.asarray(s) > 0, 1, -1).astype(np.int8)

    def cost(self, x: ArrayLike) -> float:
        """Return the energy of spins."""
        s = checked_vector(x, self.size, "spins")
        if not self.levelled:
            return float(self.energy.value(s))
        Q, c, constant = _parts(self.model)
        pairs = sparse.coo_array(Q)
        i, j = pairs.coords
        return fsum([*(pairs.data / 2 * s[i] * s[j]), *(c * s), float(constant)])

    def feasible(self, x: ArrayLike) -> bool:
        """Whether x holds one spin, −1 or 1, a variable."""
        s = np.asarray(x)
        return s.shape == (self.size,) and bool(np.isin(s, (-1, 1)).all())

    def adopt(self, x: Any) -> Any:
        """Return an array of spins, also from a mapping of variables to them."""
        values = labels.values_of(self.labels, x)
        return values.astype(np.int8) if self.feasible(values) else values

    def encode(self, x: ArrayLike) -> Spins:
        return np.asarray(np.asarray(x, dtype=float))

    def plain(self, x: ArrayLike) -> list[int]:
        return [int(spin) for spin in np.asarray(x)]

    def plot(self, x: ArrayLike, ax: Axes | None = None) -> Axes:
        """Draw the couplings with the spins that are up first, and a line behind them."""
        from hopopt.plotting import caption
        from problems.spins.pictures import plot_couplings

        title = caption(self, self.cost(x))
        return plot_couplings(self.model.J, np.asarray(x) > 0, ax, title=title)

    def __repr__(self) -> str:
        return f"Ising({self.instance!r}, {self.size} spins)"


def _parts(energy: IsingEnergy) -> tuple[Any, Array, Array]:
    return energy.Q, energy.c, energy.constant


def ising(
    h: Mapping[Any, float] | Sequence[float] | None,
    J: Mapping[Any, float],
    *,
    method: str | Method = "auto",
    **options: Any,
) -> tuple[float, dict[Any, int]]:
    """Return a low value of Σ h_u·s_u + Σ J_uv·s_u·s_v, and its spins, as D-Wave's tools sign them.

    Parameters
    ----------
    h : mapping, sequence or None
        {u: value}, or the values of 0, 1, ….
    J : mapping
        {(u, v): value}.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Returns
    -------
    energy : float
    spins : dict {variable: spin}

    Examples
    --------
    >>> import problems
    >>> problems.ising({"a": -1}, {("a", "b"): 1})
    (-2.0, {'a': 1, 'b': -1})
    """
    problem = Ising.from_dict(h, J)
    result = solved(problem, method, **options)
    return result.fun, dict(zip(problem.labels, result.x.tolist(), strict=True))
