"""Quadratic assignment: place facilities so that much flow has a short way."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Kronecker, Method, Problem, Violation
from hopopt.core import Array, Order, numbers, permutation, real, replacing, square
from hopopt.solve import Encoding, Sense
from problems.permutations.qap_methods import METHODS
from problems.permutations.qaplib import BUILT_IN, built_in, read_qaplib, read_solution
from problems.permutations.reduced import Placing
from problems.shared import files
from problems.shared.encodings import (
    largest_assignment_field,
    permutation_corners,
    permutation_encoding,
)
from problems.shared.frames import dense, unframed
from problems.shared.labels import broken, check_labels, couples, plain, recalled
from problems.shared.one_call import solved
from problems.shared.text import content

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
LARGEST_SUM = 1e306


class QuadraticAssignment(Problem):
    """Place n facilities at locations so that Σ_ij flow_ij·distance_p(i)p(j) is least.

    Build it from two matrices, or `load` (QAPLIB). A solution is the list of the locations of
    facilities 0 … n − 1.

    Parameters
    ----------
    A : array_like, frame or sparse, shape (n, n)
        Flows between facilities, of any sign, symmetric or not.
    B : array_like, frame or sparse, shape (m, m)
        Distances between locations, likewise; m ≥ n. The names of a pandas frame are the labels.
    linear : array_like, shape (n, m), optional
        What a facility costs at a location: Σ_i linear_i,p(i) is added.
    sense : {"min", "max"}, optional
        "min" by default.
    partial_match : mapping or pairs, optional
        The location of some facilities, {facility: label}, or pairs as SciPy has them.
    labels : sequence of hashable, optional
        The locations' names, all different; 0 … n − 1 by default.
    points : array, shape (n, 2), optional
        Where to draw the locations.
    instance : str, optional
    optimum : float, optional
        The least cost, where it is known.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems.permutations.qap import QuadraticAssignment
    >>> flow = [[0, 5, 2], [5, 0, 3], [2, 3, 0]]
    >>> distance = [[0, 8, 15], [8, 0, 13], [15, 13, 0]]
    >>> result = minimize(QuadraticAssignment(flow, distance), rng=0)
    >>> result.x, result.fun
    ([0, 1, 2], 218.0)
    """

    name: ClassVar[str] = "qap"
    suffixes: ClassVar[tuple[str, ...]] = (".dat",)
    methods: ClassVar[Mapping[str, type[Method]]] = METHODS
    sense: Sense = "min"  # type: ignore[misc]  # an instance's own, where the base has one for all

    def __init__(
        self,
        A: Any,
        B: Any,
        *,
        linear: ArrayLike | None = None,
        sense: Sense | None = None,
        partial_match: Any = None,
        labels: Sequence[Hashable] | None = None,
        points: ArrayLike | None = None,
        instance: str | None = None,
        optimum: float | None = None,
    ) -> None:
        (A, _), (B, names) = unframed(A, "A"), unframed(B, "B")
        self.A, self.B = (
            np.asarray(square(dense(M), name, sums=True)) for M, name in ((A, "A"), (B, "B"))
        )
        if not 1 <= len(self.A) <= len(self.B):
            raise ValueError(
                "A must have a row or more, and no more than B, so that each facility has a place; "
                f"got {self.A.shape} and {self.B.shape}"
            )
        sizes = [float(np.abs(M).max(initial=0)) for M in (self.A, self.B)]
        if sizes[0] > LARGEST_SUM / self.A.size / max(1.0, sizes[1]):
            raise ValueError(
                "A and B must be so small that sums of their products are finite; got up to "
                f"{sizes[0]:g} and {sizes[1]:g}"
            )
        if sense not in (None, "min", "max"):
            raise ValueError(f"sense must be 'min' or 'max'; got {sense!r}")
        self.sense = sense or type(self).sense
        known = names if labels is None else labels
        self.labels = check_labels(known, len(self.B), "locations")
        self.index = {label: k for k, label in enumerate(self.labels)}
        shape = (len(self.A), len(self.B))
        self.linear = np.zeros(shape) if linear is None else real(linear, "linear", sums=True)
        if self.linear.shape != shape:
            raise ValueError(f"linear must have shape {shape}; got {self.linear.shape}")
        self.fixed = self._fixed({} if partial_match is None else partial_match)
        sign = -1.0 if sense == "max" else 1.0
        self.placing = Placing(self.A, self.B, self.linear, self.fixed, sign)
        self.placement = self.placing.placement
        self.points = None if points is None else numbers(points, "points").astype(float)
        self.instance, self.optimum = instance or self.name, optimum

    @classmethod
    def load(
        cls, source: str, data: str | PathLike[str] | None = None, *, sense: Sense | None = None
    ) -> Self:
        """Load a built-in instance, a QAPLIB file, or a name, by default to be minimised."""
        drawn = built_in(source)
        if drawn is not None:
            return cls(drawn[0], drawn[1], points=drawn[2], instance=source, sense=sense)
        found = files.find(source, data, cls.suffixes)
        A, B = read_qaplib(found.text, found.label)
        best = None if sense == "max" else found.best
        labels = range(1, len(A) + 1)
        return cls(A, B, labels=labels, instance=found.name, optimum=best, sense=sense)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    def _fixed(self, match: Any) -> dict[int, int]:
        """Return the facilities that are placed, and where, or refuse them by name."""
        fixed: dict[int, int] = {}
        for facility, label in couples(match, "partial_match"):
            known = isinstance(facility, int | np.integer) and facility in range(len(self.A))
            if not known or label not in self.index:
                raise ValueError(
                    f"partial_match must pair facilities 0 … {len(self.A) - 1} with locations; got "
                    f"{facility!r} at {label!r}"
                )
            place = self.index[label]
            if facility in fixed or place in fixed.values():
                raise ValueError(
                    f"partial_match must place one facility at one location; got {facility!r} at "
                    f"{label!r} besides another"
                )
            fixed[int(facility)] = place
        return fixed

    @property
    def size(self) -> int:
        return len(self.A)

    @property
    def alone(self) -> bool:
        """Whether two matrices of one size, to be minimised, are all there is."""
        same = len(self.A) == len(self.B) and not self.fixed and not self.linear.any()
        return same and self.placing.sign > 0

    def worth(self, value: float) -> float:
        """Return the cost of a permutation at which the form has this value."""
        return self.placing.worth(value)

    def cost(self, x: Sequence[Hashable]) -> float:
        """Return Σ_ij A_ij·B_x(i)x(j) + Σ_i linear_i,x(i)."""
        return self.worth(self.placement.value(self.order(x)))

    def feasible(self, x: Sequence[Hashable]) -> bool:
        return not self.violations(x)

    def violations(self, x: Sequence[Hashable]) -> list[Violation]:
        if len(x) != self.size:
            text = f"all {self.size} facilities have a location"
            return [Violation(text, abs(len(x) - self.size), "give each one")]
        found = broken(self.index, x)
        if self.size < len(self.B):  # some stay free
            found = [v for v in found if "give" not in v.remedy]
        for facility, place in self.fixed.items():
            if x[facility] != self.labels[place]:
                text = f"facility {facility} is at {self.labels[place]!r}"
                found.append(Violation(text, 1, "put it there"))
        return found

    def describe(self, x: Sequence[Hashable]) -> dict[str, Any]:
        return {"sense": self.sense, "solution": [plain(label) for label in x]}

    def order(self, x: Sequence[Hashable] | Floats) -> Order:
        """Return the permutation that `placement` has for a solution; outputs V are decoded."""
        if isinstance(x, np.ndarray) and x.ndim == 2:
            return permutation(x)
        return self.placing.order(self.places(list(x)))

    def places(self, x: Sequence[Hashable]) -> Order:
        """Return the locations of all facilities as numbers."""
        return np.array([self.index[label] for label in x], dtype=np.intp)

    def solution(self, order: Order) -> Any:
        """Return the labels of locations."""
        return [self.labels[k] for k in self.placing.places(order).tolist()]

    def decode(self, output: Floats) -> Any:
        """Return the solution of largest total output."""
        return self.solution(permutation(output))

    def corners(self) -> Iterable[Array]:
        return permutation_corners(self.placement.size)

    def encoding(self) -> Encoding:
        """Return the problem over n×n units; where entries are negative, all are shifted."""
        placement, off = self.placement, 1 - np.eye(self.placement.size)
        A, B = (M + off * max(0.0, -float(M.min(initial=0))) for M in (placement.A, placement.B))
        C = placement.C - min(0.0, float(placement.C.min(initial=0)))
        cost = Kronecker(2 * A, B.T, C)
        return permutation_encoding(placement.size, cost, largest_assignment_field(A, B, C))

    def adopt(self, x: Any) -> Any:
        return recalled(self.labels, x)

    def read(self, path: str | PathLike[str]) -> Any:
        """Read a solution: QAPLIB's form for .sln, else JSON."""
        if Path(path).suffix != ".sln":
            return super().read(path)
        return self.solution(read_solution(content(Path(path)), str(path), self.placement))

    def write(self, x: Sequence[Hashable], path: str | PathLike[str]) -> None:
        """Write a solution: QAPLIB's form (n, cost, permutation from 1) for .sln, else JSON."""
        if Path(path).suffix != ".sln":
            super().write(x, path)
            return
        places = " ".join(str(k + 1) for k in self.places(x).tolist())
        with replacing(path) as file:
            file.write_text(f"{self.size} {self.cost(x):.15g}\n{places}\n", encoding="utf-8")

    def plot(self, x: Sequence[Hashable], ax: Axes | None = None) -> Axes:
        """Draw the flows between the places, or flows over distances where there are none."""
        from hopopt.plotting import caption
        from problems.permutations.pictures import plot_flows

        title = caption(self, self.cost(x))
        return plot_flows(self.A, self.B, self.places(x), ax, points=self.points, title=title)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.instance!r}, n = {self.size})"


def qap(
    A: Any,
    B: Any,
    *,
    linear: ArrayLike | None = None,
    sense: Sense = "min",
    partial_match: Any = None,
    method: str | Method = "auto",
    **options: Any,
) -> tuple[float, list[Any]]:
    """Return a low (or high) value of Σ_ij A_ij·B_p(i)p(j) over permutations, and its p.

    Parameters
    ----------
    A, B, linear, sense, partial_match
        As in `QuadraticAssignment`.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import problems
    >>> problems.qap([[0, 2], [0, 0]], [[0, 1], [5, 0]])
    (2.0, [0, 1])
    >>> problems.qap([[0, 2], [0, 0]], [[0, 1], [5, 0]], sense="max", partial_match={0: 0})
    (2.0, [0, 1])
    """
    problem = QuadraticAssignment(A, B, linear=linear, sense=sense, partial_match=partial_match)
    result = solved(problem, method, **options)
    return result.fun, result.x
