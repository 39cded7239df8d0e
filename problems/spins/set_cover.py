"""Set cover: the cheapest sets that together hold every element."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Method, Violation
from hopopt.core import Array, listed, real
from problems.shared import files
from problems.shared.one_call import solved
from problems.spins.budgeted import Budgeted
from problems.spins.filling import refuse_odd
from problems.spins.packing_methods import BranchAndBound, Exchanges, Greedy, Prices

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUILT_IN: Mapping[str, str] = {
    "random-M-N": "N sets of M elements, one in twenty of them in each set, every element in two "
    "at least, costs 1 to 100 (Balas & Ho); random-M-N-SEED for another seed than 0",
}
MOST = 2 * 10**7
SHARE = 0.05
_RANDOM = re.compile(r"random-([1-9][0-9]{0,4})-([1-9][0-9]{0,5})(?:-([0-9]{1,9}))?")


class SetCover(Budgeted):
    """Choose sets, as cheap as possible, that together hold every element.

    What is left out is a `Packing`: of the r sets that hold an element no more than r − 1 may be
    left out, a budget for each element. So the methods are those of packings, their outputs say
    what is left out, and every answer holds all elements. A solution is the list of the chosen
    sets' indices. With all costs 1 it is the least number of sets; the neighbourhoods of a graph
    make it a dominating set, its edges a vertex cover. Branch and bound finds more than the network
    in the same time up to hundreds of elements and thousands of sets, and is what "auto" takes.

    Parameters
    ----------
    sets : iterable of iterables
        The elements of each set, anything that hashes. What is in no set is no element.
    costs : array_like, default 1
        Nonnegative, one a set or one for all.
    instance : str, default "set-cover"
    optimum : float, optional

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import SetCover
    >>> problem = SetCover(["abc", "cd", "de", "ae"], [3, 1, 1, 2])
    >>> minimize(problem, rng=0).x
    [0, 2]
    """

    name: ClassVar[str] = "set-cover"
    suffixes: ClassVar[tuple[str, ...]] = (".scp",)
    methods: ClassVar[Mapping[str, type[Method]]] = {
        m.name: m for m in (BranchAndBound, Exchanges, Prices, Greedy)
    }

    def __init__(
        self,
        sets: Iterable[Iterable[Hashable]],
        costs: ArrayLike = 1.0,
        *,
        instance: str = "set-cover",
        optimum: float | None = None,
    ) -> None:
        members = [_members(one) for one in listed(sets, "sets", "sets")]
        names = dict.fromkeys(e for one in members for e in sorted(one, key=repr))
        place = {name: i for i, name in enumerate(names)}
        held = [(place[e], j) for j, one in enumerate(members) for e in one]
        self._state(held, (len(names), len(members)), costs)
        self.elements, self.instance, self.optimum = list(names), instance, optimum

    def _state(self, held: Sequence[Sequence[int]], shape: tuple[int, int], costs: Any) -> None:
        """Take over which element is in which set."""
        if not all(shape):
            raise ValueError("sets must hold at least one element; got none")
        if shape[0] * shape[1] > MOST:
            raise ValueError(f"elements times sets must be at most {MOST:,}; got {shape}")
        numbers = real(costs, "costs", sums=True)
        if numbers.ndim and numbers.shape != shape[1:]:
            raise ValueError(f"costs must be a number, or one a set; got shape {numbers.shape}")
        self.values = np.broadcast_to(numbers, shape[1:]).astype(float)
        self.rows = np.zeros(shape)
        self.rows[tuple(np.array(held, dtype=np.intp).reshape(-1, 2).T)] = 1
        self.bounds = self.rows.sum(axis=1) - 1
        for i in np.flatnonzero(self.bounds < 0)[:1]:
            raise ValueError(f"sets must hold every element; element {i + 1} is in none")
        refuse_odd(costs=self.values)

    @classmethod
    def _of(cls, rows: NDArray[np.bool_], costs: Any, instance: str, optimum: Any = None) -> Self:
        """Return the problem of a matrix, elements by sets."""
        made = cls.__new__(cls)
        made._state(np.argwhere(rows).tolist(), rows.shape, costs)
        made.elements = list(range(1, len(rows) + 1))
        made.instance, made.optimum = instance, optimum
        return made

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Load a built-in instance, or a file of the OR-Library (scp41.txt and its kind).

        The number of elements m and of sets n, n costs, and for each element how many sets hold it
        and which, counted from 1.
        """
        if match := _RANDOM.fullmatch(source):
            m, n, seed = int(match[1]), int(match[2]), int(match[3] or 0)
            if m * n > MOST or n < 2:
                raise ValueError(f"random-M-N: expected 2 sets or more, M·N up to {MOST:,}")
            rng = np.random.default_rng(seed)
            rows = rng.random((m, n)) < SHARE
            for i in np.flatnonzero(rows.sum(axis=1) < 2):
                rows[i, rng.choice(n, 2, replace=False)] = True
            return cls._of(rows, rng.integers(1, 101, n), source)
        found = files.find(source, data, (".scp", ".txt"), cls.instances())
        rows, costs = _read(found.text, found.label)
        return cls._of(rows, costs, found.name, found.best)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    def decode(self, s: Any) -> list[int]:
        """Return the sets that remain when those of the largest outputs are left out, if they can.

        Of equal outputs the dearest for its elements goes first.
        """
        return [int(k) for k in np.flatnonzero(~self.fitted(s))]

    def encode(self, x: Sequence[int]) -> Array:
        return -super().encode(x)

    def greedy(self) -> Array:
        """Return the outputs of Chvátal's cover: the cheapest for each element that it adds, again.

        References
        ----------
        Chvátal, "A greedy heuristic for the set-covering problem", 1979.
        """
        out, open_ = np.ones(self.size), np.full(len(self.rows), True)
        while open_.any():
            new = self.rows[open_].sum(axis=0)
            price = np.divide(self.values, new, out=np.full(self.size, np.inf), where=new > 0)
            best = int(price.argmin())
            out[best] = -1
            open_ &= self.rows[:, best] == 0
        return out

    def cost_of(self, worth: float) -> float:
        return float(self.values.sum()) - worth

    def violations(self, x: Sequence[int]) -> list[Violation]:
        if found := self.foreign(x):
            return found
        missing = np.flatnonzero(self.rows[:, list(x)].sum(axis=1) == 0).tolist()
        return [
            Violation(f"element {self.elements[i]!r} is held", 1, "take a set that holds it")
            for i in missing
        ]

    def plot(self, x: Sequence[int], ax: Axes | None = None) -> Axes:
        """Draw sets by how many elements they hold and what they cost, those chosen blue."""
        counts = self.rows.sum(axis=0)
        return self.picture(x, counts, len(self.rows), ax, labels=("elements", "cost"))

    def __repr__(self) -> str:
        return f"SetCover({self.instance!r}, {self.size} sets of {len(self.rows)} elements)"


def _members(one: Iterable[Hashable]) -> set[Hashable]:
    """Return the elements of a set, or refuse what holds none."""
    try:
        return set(one)
    except TypeError as error:
        raise TypeError(f"sets must hold sets of names or numbers; got {one!r}") from error


def _read(text: str, name: str) -> tuple[NDArray[np.bool_], Array]:
    """Return the matrix and the costs of a file of the OR-Library, or refuse it by its name."""
    words = text.split()
    numbers = np.array(files.numbers(" ".join(words), len(words), name))
    whole = np.all(numbers[:2] == np.rint(numbers[:2]))
    if len(numbers) < 2 or not whole or numbers[:2].min() < 1:
        raise ValueError(f"{name}: expected how many elements and sets; got {words[:2]}")
    m, n = (int(x) for x in numbers[:2])
    if m * n > MOST:
        raise ValueError(f"{name}: expected elements times sets of at most {MOST}; got {m * n}")
    rows, at = np.zeros((m, n), dtype=bool), 2 + n
    for i in range(m):
        count = int(numbers[at]) if at < len(numbers) else -1
        ends = numbers[at + 1 : at + 1 + max(count, 0)]
        if len(ends) != count or not np.all((ends == np.rint(ends)) & (ends >= 1) & (ends <= n)):
            raise ValueError(
                f"{name}, element {i + 1}: expected how many sets hold it, and which, 1 … {n}"
            )
        rows[i, ends.astype(np.intp) - 1] = True
        at += 1 + count
    if at != len(numbers):
        raise ValueError(f"{name}: expected {at} numbers; got {len(numbers)}")
    return rows, numbers[2 : 2 + n]


def set_cover(
    sets: Iterable[Iterable[Hashable]],
    costs: ArrayLike = 1.0,
    *,
    method: str | Method = "auto",
    **options: Any,
) -> tuple[float, list[int]]:
    """Return what the cheapest cover that was found costs, and its sets' indices.

    Parameters
    ----------
    sets, costs
        As in `SetCover`.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import problems
    >>> problems.set_cover([{1, 2, 3}, {3, 4}, {4, 5}, {1, 5}])
    (2.0, [0, 2])
    """
    result = solved(SetCover(sets, costs), method, **options)
    return result.fun, result.x
