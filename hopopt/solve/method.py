"""What a method is: a way to attempt a problem, of a kind that it has to declare."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, final

import numpy as np

from hopopt.core.annealing import Relaxation
from hopopt.core.checks import checked_numbers
from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor, Status
from hopopt.core.trace import Trace
from hopopt.solve.renamed import NAMES, meant
from hopopt.solve.workers import Workers

if TYPE_CHECKING:
    from hopopt.search.incumbent import Found

Kind = Literal["pure", "hybrid", "classical"]
KINDS: Mapping[Kind, str] = {
    "pure": "the decoded state of a network at rest, moved by motions alone",
    "hybrid": "networks inside a search",
    "classical": "no network",
}
"""What the kinds of methods are, in words for tables and reports."""

NEVER_A_SOLVERS = ("initial",)
"""Options that methods which hand on any others to an ODE solver have to know themselves."""


@dataclass(frozen=True, eq=False)
class Attempt:
    """What one restart of a method found.

    Attributes
    ----------
    x : object
        The solution.
    status : Status
    integrator : str, default "none"
        What moved the state, where it was no motion of the core.
    nit, nfev : int, default 0
        Its steps, or the rounds of a search, and its evaluations of the field. Where `anneal` has
        run motions under the restart's monitor, what these have done is counted instead, and
        methods need not tell.
    valid_before_decoding, output, energy, trace
        As in `Result`.
    bound : float, optional
        A cost that no solution can beat, if one is known.
    kind : {"pure", "hybrid", "classical"}, optional
        What found x, where it is not of the method's kind: an exact solution of a tiny problem.

    Examples
    --------
    >>> from hopopt import Attempt, Status
    >>> attempt = Attempt([0, 2, 1], Status.CONVERGED, "nearest neighbour")
    >>> attempt.x, attempt.nit, len(attempt.trace)
    ([0, 2, 1], 0, 0)
    """

    x: Any
    status: Status
    integrator: str = "none"
    nit: int = 0
    nfev: int = 0
    valid_before_decoding: bool | None = None
    output: Array | None = None
    energy: float | None = None
    trace: Trace = field(default_factory=lambda: Trace.of([]))
    bound: float | None = None
    kind: Kind | None = None

    @classmethod
    def of(
        cls,
        found: Found,
        integrator: str = "none",
        decode: Callable[[Any], Any] | None = None,
        **known: Any,
    ) -> Self:
        """Return what a search has found.

        Parameters
        ----------
        found : Found
        integrator : str, default "none"
        decode : callable, optional
            Makes the solution of the best incumbent's x; by default x is the solution.
        **known
            Other fields. `nit` is the number of rounds and `energy` the best cost by default.
        """
        x = found.best.x if decode is None else decode(found.best.x)
        fields = {"nit": found.rounds, "energy": found.best.cost, "trace": found.trace, **known}
        return cls(x, found.status, integrator, **fields)

    @classmethod
    def at_rest(cls, rest: Relaxation, x: Any, **known: Any) -> Self:
        """Return what an annealing has come to.

        Parameters
        ----------
        rest : Relaxation
            Of `anneal`.
        x : object
            The solution that its output decodes to.
        **known
            Other fields. `output`, `energy` and `trace` are those of the rest by default.
        """
        energy = float(rest.network.lyapunov(rest.u))
        return cls(
            x, rest.status, **{"output": rest.v, "energy": energy, "trace": rest.trace, **known}
        )


class Method(ABC):
    """A way to attempt a problem once; `minimize` restarts it.

    Attributes
    ----------
    name, summary : str
        As the command shows them.
    kind : {"pure", "hybrid", "classical"}
        What finds the answer. "pure": the answer is the decoded output of a `Network` at rest
        (`Problem.decode`), and between its start and its rest nothing but a `Motion` moved it;
        schedules, restarts, exact presolve and the choice of clamped units are allowed. "hybrid":
        networks inside a search, be it kicks, tabu, crossover, exhaustive choice, greedy starts or
        repair. "classical": no network. A method whose options bear on it sets it in its
        constructor; there is no default.

    Examples
    --------
    >>> from hopopt import Attempt, Method, Status, minimize
    >>> from problems import TSP
    >>> class Alphabet(Method):
    ...     name, summary, kind = "alphabet", "the cities as they are listed", "classical"
    ...     def attempt(self, problem, rng, monitor):
    ...         return Attempt(list(range(problem.size)), Status.CONVERGED)
    >>> square = TSP.from_points([[0, 0], [0, 1], [1, 1], [1, 0]])
    >>> minimize(square, Alphabet()).fun
    4.0
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    kind: Kind

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            checked_numbers(cls)

    @final
    @property
    def pure(self) -> bool:
        """Whether the answer is the decoded state of a network that motions alone moved."""
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

    def beginning(self, x: Any) -> Method:
        """Return the method as it begins with a solution, if it can; by default the method itself.

        A method that can has an attribute `initial`, which is None unless there is a solution: its
        first state, replica or incumbent. What it then finds is no worse, whatever the time.
        """
        if not hasattr(self, "initial"):
            return self
        begun = copy(self)
        begun.initial = x
        return begun

    def budget(self, problem: Any) -> float | None:
        """Return the seconds of wall time that a restart takes where no time limit is given.

        None, the default, is for methods that come to an end by themselves.
        """
        return None


def construct(factory: type[Method], options: Mapping[str, Any]) -> Method:
    """Call a method class with options, naming the ones that it does not take.

    Parameters
    ----------
    factory : type of Method
    options : mapping of str to object

    Examples
    --------
    >>> from problems import TSP
    >>> construct(TSP.methods["ring"], {"solver": "majorize"}).name
    'ring'
    >>> construct(TSP.methods["greedy"], {"tries": 3})
    Traceback (most recent call last):
    TypeError: method greedy takes no option 'tries'; it takes: none
    """
    parameters = inspect.signature(factory).parameters
    unknown = [name for name in options if not _takes(factory, name)]
    if unknown:
        known = ", ".join(parameters) or "none"
        hint = meant(unknown[0], list(parameters))
        raise TypeError(
            f"method {factory.name} takes no option {unknown[0]!r}; it takes: {known}{hint}"
        )
    return checked(factory(**options))


def takes(factory: type[Method], options: Collection[str]) -> bool:
    """Whether a method names all of these options, or hands them on to the solver among them."""
    named = inspect.signature(factory).parameters
    return all(n in named or ("solver" in options and _takes(factory, n)) for n in options)


def _takes(factory: type[Method], option: str) -> bool:
    parameters = inspect.signature(factory).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    never = option in NEVER_A_SOLVERS or NAMES.get(option) in parameters
    return option in parameters or (takes_all and not never)


def checked(method: Method) -> Method:
    """Return a method, or refuse one that does not say its kind."""
    kind = getattr(method, "kind", None)
    if kind not in KINDS:
        raise ValueError(
            f"kind of method {method.name} must be one of {', '.join(KINDS)}; got {kind!r}"
        )
    return method
