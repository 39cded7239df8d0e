"""What a problem is, as `minimize`, the command and the pictures know it."""

from __future__ import annotations

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self, final

from hopopt.core.files import replacing
from hopopt.core.lagrangian import Array
from hopopt.solve.method import Method, checked, construct, takes
from hopopt.solve.renamed import MEMBERS, meant
from hopopt.solve.taken import taken, told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Sense = Literal["min", "max"]


class Violation(NamedTuple):
    """A constraint that a solution breaks.

    Attributes
    ----------
    constraint : str
        Which one.
    excess : float
        By how much it is broken, in the constraint's own units.
    remedy : str
        What would mend it.

    Examples
    --------
    >>> from problems import Knapsack
    >>> knapsack = Knapsack([3.0, 4.0], [2.0, 3.0], capacity=4)
    >>> [(broken.constraint, broken.excess) for broken in knapsack.violations([0, 1])]
    [('the weight is at most 4', 3.0)]
    """

    constraint: str
    excess: float
    remedy: str


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a callback sees after each stage.

    Attributes
    ----------
    restart, stage : int
        Counted from 0.
    T : float
        Temperature of the stage that has just ended.
    output : array
        The outputs v.
    energy : float or None
        E at the end of the stage.
    best : float
        Best cost of the restarts that are complete; infinite before the first.
    solution : callable
        ``solution()`` decodes the output as it now is.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import TSP
    >>> snapshots = []
    >>> result = minimize(TSP.load("random-5"), "assignment", restarts=1, callback=snapshots.append)
    >>> len(snapshots[-1].solution()), snapshots[-1].output.shape
    (5, (5, 5))
    """

    restart: int
    stage: int
    T: float
    output: Array
    energy: float | None
    best: float
    solution: Callable[[], Any] = field(repr=False)


class Problem(ABC):
    """A combinatorial problem: methods to attempt it, solutions, and their cost.

    Attributes
    ----------
    name : str
        Of the kind of problem ("tsp").
    methods : mapping of str to Method class
        What `minimize(problem, method=...)` knows by name, the best first.
    sense : {"min", "max"}
        Whether the lowest or the highest cost is the best.
    suffixes : tuple of str
        Of the files that hold nothing else, such as ".tsp": the command knows the problem by them.
    instance : str
        Name of this instance.
    optimum : float or None
        The optimal cost, where it is known.
    unit : str
        Of the cost, such as "km", where it has one.
    initial : object or None
        A feasible one that came with the instance: `minimize` begins with it, unless `pure`.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import QUBO
    >>> problem = QUBO([[1.0, -3.0], [-3.0, 1.0]])
    >>> result = minimize(problem, rng=0)
    >>> problem.size, problem.cost(result.x), problem.feasible(result.x)
    (2, -4.0, True)
    """

    name: ClassVar[str]
    methods: ClassVar[Mapping[str, type[Method]]]
    sense: ClassVar[Sense] = "min"
    suffixes: ClassVar[tuple[str, ...]] = ()
    instance: str
    optimum: float | None = None
    unit: str = ""
    initial: Any = None

    def __init_subclass__(cls) -> None:
        for old, new in MEMBERS.items():
            if old in vars(cls):
                raise TypeError(f"{cls.__name__}.{old} is now called {new}: see hopopt.Problem")

    @property
    @abstractmethod
    def size(self) -> int:
        """The instance's size n (cities, nodes, variables)."""

    @abstractmethod
    def cost(self, x: Any) -> float:
        """Return the cost of a solution, in the problem's own sense."""

    def loss(self, cost: float) -> float:
        """Return what is to be minimised: the cost, negated where the highest is the best."""
        return cost if self.sense == "min" else 0.0 - cost  # never −0.0

    @abstractmethod
    def feasible(self, x: Any) -> bool:
        """Whether x keeps every constraint."""

    def bound(self, time_limit: float | None = None) -> float | None:
        """Return a cost that no solution can beat, or None where the problem knows none.

        Parameters
        ----------
        time_limit : float, optional
            Seconds after which the best bound so far has to do.
        """
        return None

    def corners(self) -> Iterable[Array]:
        """Return outputs that decode to every solution, where there are few; none elsewhere.

        A solve ends as soon as it has found one of the best of them.
        """
        return ()

    def violations(self, x: Any) -> Sequence[Violation]:
        """Return the constraints that x breaks, by how much, and what would mend each.

        Empty where x is feasible, and where a problem does not say.
        """
        return ()

    @abstractmethod
    def describe(self, x: Any) -> dict[str, Any]:
        """Return the solution's entries of a JSON object, in plain types."""

    def decode(self, output: Array) -> Any:
        """Return the solution that a network's output v stands for, of any method that is pure.

        It reads the output alone: what looks at costs to choose or to mend is a heuristic.
        """
        raise NotImplementedError(f"{type(self).__name__} must define decode(output): see Problem")

    def ranking(self) -> Sequence[str]:
        """Return the names of the methods, the one that suits this instance best first.

        "auto" is the first of them that takes the options and does not refuse the instance, and,
        where it is asked for, is pure. By default the order is that of `methods`.
        """
        return list(self.methods)

    @classmethod
    @abstractmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Return the instance of that name, or in that file; "-" is standard input.

        A problem that can be put differently on the same data takes that as keyword-only options,
        which are its settings: ``hopopt solve INSTANCE --set NAME=VALUE``.
        """

    @final
    @classmethod
    def settings(cls) -> tuple[str, ...]:
        """Return the names of the keyword-only options of `load`."""
        parameters = inspect.signature(cls.load).parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        """Return the built-in instances, each with one line about it."""
        return {}

    @classmethod
    def sample(cls) -> Self | None:
        """Return a small instance for `compare` to warm a method up on; None for no warm-up."""
        return None

    def write(self, x: Any, path: str | PathLike[str]) -> None:
        """Write a solution to a file: JSON here; a problem may have a format of its own."""
        with replacing(path) as file:
            file.write_text(json.dumps(self.describe(x)) + "\n", encoding="utf-8")

    def read(self, path: str | PathLike[str]) -> Any:
        """Read a solution that `write` wrote, or a result that the command printed as JSON."""
        return told(self, path)

    def adopt(self, x: Any) -> Any:
        """Return a solution in the form that this problem has for one.

        From a form in which files or the functions of one call have it: labels as text, sets for
        lists, mappings for arrays. By default x itself.
        """
        return x

    @final
    def given(self, initial: Any) -> Any:
        """Return the feasible solution that is given to begin with, or refuse it by name.

        Parameters
        ----------
        initial : object
            A solution; what the functions of one call return, alone or after its cost; or a
            `Result`.
        """
        return taken(self, initial)

    @final
    def method(
        self, method: str | Method = "auto", *, pure: bool = False, **options: Any
    ) -> Method:
        """Return the method of that name with these options, or refuse both by name.

        Parameters
        ----------
        method : str or Method, default "auto"
            A name in `methods`, "auto" for the best of any kind (see `ranking`), or a method.
        pure : bool, default False
            "auto" then is the best pure method, and a method that is not pure is refused.
        **options
            Of the method.
        """
        if method == "auto":
            return self._best(pure, options)
        if isinstance(method, Method):
            if options:
                raise TypeError(f"options {sorted(options)} go to the method's own constructor")
            chosen = checked(method)
        elif isinstance(method, str) and method in self.methods:
            chosen = construct(self.methods[method], options)
        else:
            raise ValueError(_unknown(method, ["auto", *self.methods]))
        if pure and not chosen.pure:
            known = ", ".join(self.pure_methods()) or f"of which {self.name} has none"
            raise ValueError(
                f"method must be pure, {known}; got {chosen.name!r}, which is {chosen.kind}"
            )
        return chosen

    @final
    @classmethod
    def pure_methods(cls) -> list[str]:
        """Return the names of the methods that are pure, unless an option makes them hybrid."""
        return [
            name for name, method in cls.methods.items() if getattr(method, "kind", None) == "pure"
        ]

    def _best(self, pure: bool, options: Mapping[str, Any]) -> Method:
        """Return the first in the ranking that will do."""
        names = [n for n in self.ranking() if not pure or n in self.pure_methods()]
        if not names:
            raise ValueError(f"method must be pure, of which {self.name} has none")
        able = [name for name in names if takes(self.methods[name], options)]
        if not able:
            first = self.methods[names[0]]
            taken = list(inspect.signature(first).parameters)
            known, asked = ", ".join(taken) or "none", ", ".join(map(repr, options))
            hint = "".join(meant(name, taken) for name in options if name not in taken)
            raise TypeError(
                f"no {'pure ' if pure else ''}method of {self.name} takes the options {asked}; "
                f"{first.name} takes: {known}{hint}"
            )
        for name in able:
            chosen = construct(self.methods[name], options)
            if chosen.refusal(self) is None and (chosen.pure or not pure):
                return chosen
        raise ValueError(f"no method of {self.name} takes {self!r}: {', '.join(able)} refuse it")

    def plot(self, x: Any, ax: Axes | None = None) -> Axes | None:
        """Draw a solution; None, the default, draws none: `hopopt.plotting` then writes it out.

        Parameters
        ----------
        x : object
            A solution.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default the axes of a new pyplot figure.

        Returns
        -------
        matplotlib.axes.Axes or None
        """
        return None

    def plot_output(
        self, output: Array, ax: Axes | None = None, *, reference: Array | None = None
    ) -> Axes | None:
        """Draw a network's outputs; None, the default: `hopopt.plotting` then shows an image.

        Parameters
        ----------
        output : array
            As in `Result.output` and `Snapshot.output`.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default the axes of a new pyplot figure.
        reference : array, optional
            Outputs of the same run that say in which order to draw the units, for pictures that
            follow each other; by default `output` itself. Images keep the units' own order.

        Returns
        -------
        matplotlib.axes.Axes or None
        """
        return None


def _unknown(method: object, known: Sequence[str]) -> str:
    """Say which methods there are, and which one an unknown name may have meant."""
    return f"method must be one of {', '.join(known)}; got {method!r}{meant(method, known)}"
