"""What a problem and a method are, as `minimize`, the command and the pictures know them."""

from __future__ import annotations

import difflib
import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self, final

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor, Status
from hopopt.core.trace import Trace
from hopopt.solve.workers import Workers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hopopt.search.incumbent import Found

Sense = Literal["min", "max"]
Kind = Literal["pure", "hybrid", "classical"]

NEVER_A_SOLVERS = ("initial",)
"""Options that methods which hand on any others to an ODE solver have to know themselves."""


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
    """

    restart: int
    stage: int
    T: float
    output: Array
    energy: float | None
    best: float
    solution: Callable[[], Any] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Attempt:
    """What one restart of a method found."""

    x: Any
    status: Status
    integrator: str
    nit: int = 0
    nfev: int = 0
    valid_before_decoding: bool | None = None
    output: Array | None = None
    energy: float | None = None
    trace: Trace = field(default_factory=lambda: Trace.of([]))

    @classmethod
    def of(
        cls,
        found: Found,
        integrator: str,
        decode: Callable[[Any], Any] | None = None,
        **known: Any,
    ) -> Self:
        """Return what a search has found.

        Parameters
        ----------
        found : Found
        integrator : str
        decode : callable, optional
            Makes the solution of the best incumbent's x; by default x is the solution.
        **known
            Other fields. `nit` is the number of rounds and `energy` the best cost by default.
        """
        x = found.best.x if decode is None else decode(found.best.x)
        fields = {"nit": found.rounds, "energy": found.best.cost, "trace": found.trace, **known}
        return cls(x, found.status, integrator, **fields)


class Method(ABC):
    """A way to attempt a problem once; `minimize` restarts it.

    Attributes
    ----------
    name, summary : str
        As the command shows them.
    kind : {"pure", "hybrid", "classical"}
        Who decides: a Hopfield network alone, networks and other heuristics, or no network. A
        method whose options bear on it sets it in its constructor.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    kind: Kind = "pure"

    @final
    @property
    def pure(self) -> bool:
        """Whether every decision comes from a Hopfield network."""
        return self.kind == "pure"

    @abstractmethod
    def attempt(self, problem: Any, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        """Solve once.

        Parameters
        ----------
        problem : Problem
        rng : numpy.random.Generator
            The restart's own. A method must perturb what matters: annealing forgets its start.
        monitor : Monitor
            To be passed to every motion, for it holds the time limit, and told of every stage.
        """

    def restarts(self, problem: Any) -> int:
        """Return how many restarts this method makes of a problem by default."""
        return 1

    def refusal(self, problem: Any) -> str | None:
        """Return why this method cannot attempt a problem here; None, the default, if it can.

        For what is known before any work: a package that is not installed, a kind of problem that
        the method does not solve. `compare` then shows the reason and starts no process.
        """
        return None

    def using(self, workers: Workers) -> Method | None:
        """Return the method with workers inside a restart; None, the default, if it takes none."""
        return None

    def budget(self, problem: Any) -> float | None:
        """Return the seconds of wall time that a restart takes where no time limit is given.

        None, the default, is for methods that come to an end by themselves.
        """
        return None


class Problem(ABC):
    """A combinatorial problem: methods to attempt it, solutions, and their cost.

    Attributes
    ----------
    name : str
        Of the kind of problem ("tsp").
    methods : mapping of str to Method class
        What `minimize(problem, method=...)` knows by name; keyword options go to the class.
    sense : {"min", "max"}
        Whether the lowest or the highest cost is the best.
    suffixes : tuple of str
        Of the files that hold nothing else, such as ".tsp": the command knows the problem by them.
    instance : str
        Name of this instance.
    optimum : float or None
        The optimal cost, where it is known.
    """

    name: ClassVar[str]
    methods: ClassVar[Mapping[str, type[Method]]]
    sense: ClassVar[Sense] = "min"
    suffixes: ClassVar[tuple[str, ...]] = ()
    instance: str
    optimum: float | None = None

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

    def violations(self, x: Any) -> Sequence[Violation]:
        """Return the constraints that x breaks, by how much, and what would mend each.

        Empty where x is feasible, and where a problem does not say.
        """
        return ()

    @abstractmethod
    def describe(self, x: Any) -> dict[str, Any]:
        """Return the solution's entries of a JSON object, in plain types."""

    @abstractmethod
    def auto(self, **options: Any) -> Method:
        """Return the method that suits this instance best."""

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
        Path(path).write_text(json.dumps(self.describe(x)) + "\n", encoding="utf-8")

    def read(self, path: str | PathLike[str]) -> Any:
        """Read a solution that `write` wrote; a problem may refuse, as this one does."""
        raise ValueError(f"initial must be a solution of {self.name} in a format that it reads")

    def method(self, method: str | Method = "auto", **options: Any) -> Method:
        """Return the method of that name with these options, or refuse both by name."""
        if isinstance(method, Method):
            if options:
                raise TypeError(f"options {sorted(options)} go to the method's own constructor")
            return method
        if method == "auto":
            return self.auto(**options)
        if method not in self.methods:
            near = difflib.get_close_matches(str(method), self.methods, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            names = ", ".join(["auto", *self.methods])
            raise ValueError(f"method must be one of {names}; got {method!r}{hint}")
        return construct(self.methods[method], options)

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


def construct(factory: type[Method], options: Mapping[str, Any]) -> Method:
    """Call a method class with options, naming the ones that it does not take."""
    parameters = inspect.signature(factory).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    asked = [name for name in options if not takes_all or name in NEVER_A_SOLVERS]
    unknown = [name for name in asked if name not in parameters]
    if unknown:
        known = ", ".join(parameters) or "none"
        raise TypeError(f"method {factory.name} takes no option {unknown[0]!r}; it takes: {known}")
    return factory(**options)
