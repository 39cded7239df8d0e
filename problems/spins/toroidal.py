"""Square grids on a torus: an easy class of Ising problems, where matching is the exact control."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Attempt, IsingEnergy, Monitor
from hopopt.search import Incumbent, search
from problems.shared.external import External, whole_numbers
from problems.spins.instance import Instance
from problems.spins.peer import FINE, pairs

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

PACKAGE, MODULE = "pymatching", "pymatching"
NARROWEST = 3
SPREAD = 0.6


class Torus(NamedTuple):
    """A square grid on a torus, whose units are numbered row by row.

    Attributes
    ----------
    right, down : arrays, shape (rows, columns)
        The couplings w of Σ w·s·s between each unit and its neighbours on the right and below.
    """

    right: Floats
    down: Floats

    def faces(self) -> Integers:
        """Return the four bonds round every face, shape (faces, 4).

        Bonds are numbered as in `bonds`: all those to the right, then all those down.
        """
        right = np.arange(self.right.size).reshape(self.right.shape)
        down = right + right.size
        around = right, np.roll(down, -1, 1), np.roll(right, -1, 0), down
        return np.stack(around, -1).reshape(-1, 4)

    def bonds(self) -> Floats:
        """Return all couplings, those to the right first."""
        return np.concatenate([self.right.ravel(), self.down.ravel()])

    def frustrated(self) -> NDArray[np.bool_]:
        """Return the faces round which not all bonds can be content: Π(−sign w) = −1."""
        return np.asarray((self.bonds() > 0)[self.faces()].sum(1) % 2 == 1)

    def spins(self, broken: NDArray[np.bool_]) -> Floats:
        """Return spins whose bonds are broken as told, along the first column and then the rows.

        Round the torus itself they may not be: that is what a matching does not know.
        """
        signs = np.where(self.bonds() > 0, -1.0, 1.0) * np.where(broken, -1.0, 1.0)
        right, down = (part.reshape(self.right.shape) for part in np.split(signs, 2))
        column = np.cumprod(np.concatenate([[1.0], down[:-1, 0]]))
        return np.cumprod(np.column_stack([column, right[:, :-1]]), axis=1).ravel()


def torus(energy: IsingEnergy) -> Torus | None:
    """Return an energy as a torus of 3×3 units or more, or None if it is something else.

    Examples
    --------
    >>> import networkx as nx
    >>> from problems import MaxCut
    >>> grid = nx.grid_2d_graph(4, 5, periodic=True)
    >>> torus(MaxCut.from_graph(grid).energy).right.shape
    (4, 5)
    >>> torus(MaxCut.from_graph(nx.grid_2d_graph(4, 5)).energy) is None
    True
    """
    terms, n = pairs(energy), energy.size
    if len(terms.w) != 2 * n or terms.b.any():
        return None
    unit, found = np.arange(n), terms.i * n + terms.j
    order = found.argsort()
    for columns in range(NARROWEST, n // NARROWEST + 1):
        if n % columns:
            continue
        row, column = np.divmod(unit, columns)
        across = row * columns + (column + 1) % columns
        below = (unit + columns) % n
        wanted = [np.minimum(unit, v) * n + np.maximum(unit, v) for v in (across, below)]
        place = np.searchsorted(found[order], np.concatenate(wanted))
        if np.array_equal(found[order][np.minimum(place, 2 * n - 1)], np.concatenate(wanted)):
            right, down = np.split(terms.w[order][place], 2)
            shape = n // columns, columns
            return Torus(right.reshape(shape), down.reshape(shape))
    return None


class Decoder:
    """Finds the lightest set of bonds to break that frustrated faces need.

    Every frustrated face has an odd number of broken bonds round it, every other face an even one:
    broken bonds are paths, on the dual grid, between pairs of frustrated faces, so that a perfect
    matching of least weight breaks as little as there is to break. Not every set of broken bonds
    belongs to spins, for round the torus their number must be right, too: the weight is a bound,
    and the optimum where it is.
    """

    def __init__(self, grid: Torus) -> None:
        self.grid, self.weights = grid, np.abs(grid.bonds())
        faces, frustrated = grid.faces(), grid.frustrated()
        entries = np.ones(faces.size, np.uint8), faces.ravel(), np.arange(0, faces.size + 1, 4)
        self.checks = sparse.csr_array(entries, shape=(len(faces), len(self.weights)))
        self.syndrome = frustrated.astype(np.uint8)

    def broken(self, weights: Floats) -> NDArray[np.bool_]:
        """Return the lightest set under these weights of the bonds."""
        matching = import_module(MODULE).Matching(self.checks, weights=weights)
        return np.asarray(matching.decode(self.syndrome), dtype=bool)

    def bound(self) -> float | None:
        """Return an energy Σ w·s·s that no spins go below; None where weights are not whole."""
        whole, scale = whole_numbers(self.weights, FINE)
        if not np.array_equal(whole / scale, self.weights):
            return None
        broken = self.broken(whole.astype(float))
        return float(2 * self.weights[broken].sum() - self.weights.sum())


class ToroidalMatching(External):
    """Perfect matching of frustrated faces, by the package pymatching: for square grids on a torus.

    The bonds that a matching breaks make spins; then again with weights stretched at random, up to
    1.6 times, until the bound is reached or the time is over. The bound itself takes a tenth of a
    second on 20,000 spins: the class is easy, and no hard test of an annealing.

    References
    ----------
    Bieche, Maynard, Rammal & Uhry, "On the ground states of the frustration model of a spin glass
    by a matching method of graph theory", 1980; Thomas & Middleton, "Matching Kasteleyn cities for
    spin glass ground states", 2007; Higgott & Gidney, "Sparse Blossom", 2023.
    """

    name: ClassVar[str] = "toroidal-matching"
    summary: ClassVar[str] = "the package pymatching: exact bounds of grids on a torus"
    package: ClassVar[str] = PACKAGE
    module: ClassVar[str] = MODULE

    def refusal(self, problem: Instance) -> str | None:
        missing = super().refusal(problem)
        if missing is None and torus(problem.energy) is None:
            return f"{self.name} takes square grids on a torus, rows numbered one after another"
        return missing

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        refusal, grid = self.refusal(problem), torus(problem.energy)
        if refusal is not None or grid is None:
            raise ValueError(refusal)
        decoder = Decoder(grid)
        least = decoder.bound()
        goal = -np.inf if least is None else least + float(problem.energy.constant)
        rounds = self._rounds(problem.energy, decoder, rng)
        found = search(rounds, monitor, target=goal, decode=problem.decode)
        return Attempt.of(found, self.integrator(), problem.decode, output=found.best.x)

    @staticmethod
    def _rounds(
        energy: IsingEnergy, decoder: Decoder, rng: np.random.Generator
    ) -> Iterator[Incumbent]:
        """Yield the spins of one matching after another."""
        stretch = np.ones(len(decoder.weights))
        while True:
            s = decoder.grid.spins(decoder.broken(decoder.weights * stretch))
            yield Incumbent(s, float(energy.value(s)))
            stretch = 1 + rng.uniform(0, SPREAD) * rng.random(len(decoder.weights))


def bound(energy: IsingEnergy) -> float | None:
    """Return an energy that no spins go below, for a torus and where pymatching is installed."""
    grid = None if find_spec(MODULE) is None else torus(energy)
    lowest = None if grid is None else Decoder(grid).bound()
    return None if lowest is None else lowest + float(energy.constant)
