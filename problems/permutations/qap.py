"""Quadratic assignment: place facilities so that much flow has a short way."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import quadratic_assignment

from hopopt import Attempt, Kronecker, Method, Monitor, Motion, Problem, Status, Violation
from hopopt.core import square
from hopopt.search import Incumbent, search
from hopopt.solve import Encoding, Kind
from problems.permutations.heat_bath import heat_baths
from problems.permutations.networks import (
    FAST,
    Form,
    Order,
    RestingExchanges,
    anneal_lanes,
    exchange,
    is_permutation,
    matrix,
    permutation,
)
from problems.permutations.qaplib import BUILT_IN, built_in, read_qaplib
from problems.shared import files
from problems.shared.encodings import largest_assignment_field, permutation_encoding
from problems.shared.labels import broken, check_labels, plain
from problems.shared.motions import motion

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

LANES, STAGES = 16, 200
RESTING_STEPS = CHUNK = 500
PATIENCE = 400
SECONDS = 5.0


class _Search(Method):
    """A method that is a search by rounds."""

    integrator: ClassVar[str]
    target: float | None

    def attempt(
        self, problem: QuadraticAssignment, rng: np.random.Generator, monitor: Monitor
    ) -> Attempt:
        rounds = self.rounds(problem, rng, monitor)
        return seek(problem, rounds, monitor, self.target, self.integrator)

    @abstractmethod
    def rounds(
        self, problem: QuadraticAssignment, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        """Yield the best permutation matrix that is known after every round."""

    def budget(self, problem: QuadraticAssignment) -> float:
        return SECONDS


class SinkhornRounds(Method):
    """Sinkhorn (softassign) units, annealed in lanes that differ, round after round.

    E = H(V) − (a/2)·‖V‖² + ⟨noise, V⟩ + T·Σ v ln v on doubly stochastic V; see
    `permutations.anneal_lanes` for how T, a and the noise go. Every lane decodes to the vertex of
    largest total output.

    Parameters
    ----------
    solver : str, default "exponential-euler"
        A SciPy solver, which integrates every stage of one lane to rest, or the fast step, one a
        stage in all lanes.
    stages : int, optional
        Number of temperatures: by default 24 for SciPy's solvers, 200 for the fast step.
    lanes : int, default 16
        Annealings side by side; SciPy's solvers take one.
    target : float, optional
        Stop at this cost, or a better one.
    **options
        Of `solve_ivp`: rtol, atol, max_step, ….

    References
    ----------
    Rangarajan, Gold & Mjolsness, "A novel optimizing network architecture with applications", 1996.
    """

    name: ClassVar[str] = "sinkhorn"
    summary: ClassVar[str] = "n×n Sinkhorn (softassign) units, annealed in many lanes"
    kind: Kind = "pure"

    def __init__(
        self,
        solver: str = "exponential-euler",
        stages: int | None = None,
        lanes: int = LANES,
        target: float | None = None,
        **options: Any,
    ) -> None:
        if (stages is not None and stages < 2) or lanes < 1:
            raise ValueError(f"stages must be 2 or more, lanes positive; got {stages}, {lanes}")
        self.solver, self.stages, self.lanes, self.target = solver, stages, lanes, target
        self.options = options

    def attempt(
        self, problem: QuadraticAssignment, rng: np.random.Generator, monitor: Monitor
    ) -> Attempt:
        move = motion(self.solver, FAST, problem.size**2, self.options, duration=30.0, tol=1e-3)
        return seek(problem, self._rounds(problem, move, rng), monitor, self.target, move.name)

    def budget(self, problem: QuadraticAssignment) -> float:
        return SECONDS

    def _rounds(
        self, problem: QuadraticAssignment, move: Motion, rng: np.random.Generator
    ) -> Iterator[Incumbent]:
        form, energy = problem.form, problem.form.energy()
        lanes = self.lanes if move is FAST else 0
        stages = self.stages or (STAGES if move is FAST else 24)
        while True:
            rest = anneal_lanes(energy, lanes, stages, rng, Monitor(record=False), move=move)
            outputs = rest.v.reshape(-1, *energy.shape)
            costs = [form.value(permutation(V)) for V in outputs]
            yield Incumbent(outputs[int(np.argmin(costs))], min(costs))


class BoltzmannExchange(_Search):
    """A Boltzmann machine on permutations: firing units exchange in a heat bath that cools.

    See `heat_bath.HeatBath`. Annealings from nothing follow one another, each twice as long as the
    one before, until two agree or the time is over.

    Parameters
    ----------
    lanes : int, default 32
        Annealings side by side.
    sweeps : int, default 50
        Of the first annealing; in a sweep every two rows meet once.
    target : float, optional
        Stop at this cost, or a better one.

    References
    ----------
    Aarts & Korst, "Simulated Annealing and Boltzmann Machines", 1989.
    """

    name: ClassVar[str] = "boltzmann"
    summary: ClassVar[str] = "n×n two-valued units, exchanged in a heat bath that cools, in lanes"
    kind: Kind = "pure"
    integrator: ClassVar[str] = "updates"

    def __init__(self, lanes: int = 32, sweeps: int = 50, target: float | None = None) -> None:
        if lanes < 1 or sweeps < 1:
            raise ValueError(f"lanes and sweeps must be positive; got {lanes}, {sweeps}")
        self.lanes, self.sweeps, self.target = lanes, sweeps, target

    def rounds(
        self, problem: QuadraticAssignment, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        return heat_baths(problem.form, self.lanes, self.sweeps, rng, monitor)


class SinkhornExchange(_Search):
    """Annealed Sinkhorn units, then exchanges of two at a time among units that rest: a hybrid.

    Every round anneals all lanes, as `SinkhornRounds` does, lets each go downhill by exchanges
    (2-opt), and goes on from the best one with `RestingExchanges`.

    Parameters
    ----------
    lanes : int, default 16
    steps : int, default 500
        Exchanges after the descent.
    target : float, optional
        Stop at this cost, or a better one.
    """

    name: ClassVar[str] = "sinkhorn+exchange"
    summary: ClassVar[str] = "annealed Sinkhorn units, then 2-opt and exchanges among resting units"
    integrator: ClassVar[str] = "exponential-euler"
    kind: Kind = "hybrid"

    def __init__(
        self, lanes: int = LANES, steps: int = RESTING_STEPS, target: float | None = None
    ) -> None:
        if lanes < 1 or steps < 0:
            raise ValueError(f"lanes must be positive, steps nonnegative; got {lanes}, {steps}")
        self.lanes, self.steps, self.target = lanes, steps, target

    def rounds(
        self, problem: QuadraticAssignment, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        form, energy = problem.form, problem.form.energy()
        while True:
            rest = anneal_lanes(energy, self.lanes, STAGES, rng, Monitor(record=False))
            found = [exchange(form, permutation(V)) for V in rest.v]
            p = min(found, key=form.value)
            yield Incumbent(matrix(p), form.value(p))
            network = RestingExchanges(form, p, rng)
            for _ in range(0, self.steps, CHUNK):
                network.run(CHUNK)
                yield Incumbent(matrix(network.best), network.best_value)


class _SciPy(Method):
    """One of the methods of `scipy.optimize.quadratic_assignment`, from a random start."""

    kind: Kind = "classical"

    def attempt(
        self, problem: QuadraticAssignment, rng: np.random.Generator, monitor: Monitor
    ) -> Attempt:
        options = {"rng": np.random.default_rng(rng.integers(2**32)), **self.start(problem, rng)}
        solve: Any = quadratic_assignment
        found = solve(problem.A, problem.B, method=self.name, options=options)
        order = np.asarray(found.col_ind)
        return Attempt(problem.solution(order), Status.CONVERGED, "none", nit=int(found.nit))

    def start(self, problem: QuadraticAssignment, rng: np.random.Generator) -> dict[str, Any]:
        """Return the options that make a restart differ."""
        return {}

    def restarts(self, problem: QuadraticAssignment) -> int:
        return 10


class FAQ(_SciPy):
    """SciPy's fast approximate QAP algorithm, from random doubly stochastic matrices.

    References
    ----------
    Vogelstein et al., "Fast approximate quadratic programming for graph matching", 2015.
    """

    name: ClassVar[str] = "faq"
    summary: ClassVar[str] = "scipy quadratic_assignment, method faq, randomized starts"

    def start(self, problem: QuadraticAssignment, rng: np.random.Generator) -> dict[str, Any]:
        return {"P0": "randomized"}


class TwoOpt(_SciPy):
    """SciPy's 2-opt, from random permutations."""

    name: ClassVar[str] = "2opt"
    summary: ClassVar[str] = "scipy quadratic_assignment, method 2opt"


METHODS: Mapping[str, type[Method]] = {
    m.name: m for m in (SinkhornExchange, SinkhornRounds, BoltzmannExchange, FAQ, TwoOpt)
}


def seek(
    problem: QuadraticAssignment,
    rounds: Iterator[Incumbent],
    monitor: Monitor,
    target: float | None,
    integrator: str,
) -> Attempt:
    """Search until the time is over, the target is reached or `PATIENCE` rounds bring nothing."""
    goal = -np.inf if target is None else problem.loss(target)
    rounds, decode = scaled(problem, rounds), problem.decode
    found = search(rounds, monitor, target=goal, patience=PATIENCE, decode=decode)
    V = found.best.x
    return Attempt.of(found, integrator, decode, valid_before_decoding=is_permutation(V), output=V)


def scaled(problem: QuadraticAssignment, rounds: Iterator[Incumbent]) -> Iterator[Incumbent]:
    """Yield the incumbents with their loss in place of H."""
    for incumbent in rounds:
        yield Incumbent(incumbent.x, problem.loss(problem.worth(incumbent.cost)))


class QuadraticAssignment(Problem):
    """Place n facilities at n locations so that Σ_ij flow_ij·distance_p(i)p(j) is least.

    Build it from two matrices, or `load` (QAPLIB). A solution is the list of the locations of
    facilities 0 … n − 1.

    Parameters
    ----------
    A, B : array_like, shape (n, n)
        Flows between facilities and distances between locations, of any sign, symmetric or not.
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
    >>> result = minimize(QuadraticAssignment(flow, distance), rng=0, time_limit=0.2)
    >>> result.x, result.fun
    ([0, 1, 2], 218.0)
    """

    name: ClassVar[str] = "qap"
    suffixes: ClassVar[tuple[str, ...]] = (".dat",)
    methods: ClassVar[Mapping[str, type[Method]]] = METHODS

    def __init__(
        self,
        A: ArrayLike,
        B: ArrayLike,
        *,
        labels: Sequence[Hashable] | None = None,
        points: ArrayLike | None = None,
        instance: str | None = None,
        optimum: float | None = None,
    ) -> None:
        self.A, self.B = (np.asarray(square(M, name)) for M, name in ((A, "A"), (B, "B")))
        if self.A.shape != self.B.shape or not self.A.size:
            raise ValueError(
                f"A and B must have one size, at least 1; got {self.A.shape} and {self.B.shape}"
            )
        self.form = Form.of(self.A, self.B)
        self.labels = check_labels(labels, self.size, "locations")
        self.index = {label: k for k, label in enumerate(self.labels)}
        self.points = None if points is None else np.asarray(points, dtype=float)
        self.instance, self.optimum = instance or self.name, optimum

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Load a built-in instance, a QAPLIB file, or a name."""
        drawn = built_in(source)
        if drawn is not None:
            return cls(drawn[0], drawn[1], points=drawn[2], instance=source)
        found = files.find(source, data, cls.suffixes)
        A, B = read_qaplib(found.text, found.name)
        return cls(A, B, labels=range(1, len(A) + 1), instance=found.name, optimum=found.best)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @property
    def size(self) -> int:
        return len(self.A)

    def worth(self, value: float) -> float:
        """Return the cost of a permutation at which the form has this value."""
        return value

    def cost(self, x: Sequence[Hashable]) -> float:
        """Return Σ_ij A_ij·B_x(i)x(j)."""
        return self.worth(self.form.value(self.order(x)))

    def feasible(self, x: Sequence[Hashable]) -> bool:
        return not self.violations(x)

    def violations(self, x: Sequence[Hashable]) -> list[Violation]:
        return broken(self.index, x)

    def describe(self, x: Sequence[Hashable]) -> dict[str, Any]:
        return {"sense": self.sense, "solution": [plain(label) for label in x]}

    def order(self, x: Sequence[Hashable] | Floats) -> Order:
        """Return locations as numbers; outputs V are decoded."""
        if isinstance(x, np.ndarray) and x.ndim == 2:
            return permutation(x)
        return np.array([self.index[label] for label in x], dtype=np.intp)

    def solution(self, order: Order) -> Any:
        """Return the labels of locations."""
        return [self.labels[k] for k in order.tolist()]

    def decode(self, output: Floats) -> Any:
        """Return the solution of largest total output."""
        return self.solution(permutation(output))

    def encoding(self) -> Encoding:
        """Return the problem over n×n units; where entries are negative, all are shifted."""
        form, off = self.form, 1 - np.eye(self.size)
        A, B = (M + off * max(0.0, -float(M.min(initial=0))) for M in (form.A, form.B))
        C = form.C - min(0.0, float(form.C.min(initial=0)))
        cost = Kronecker(2 * A, B.T, C)
        return permutation_encoding(self.size, cost, largest_assignment_field(A, B, C))

    def write(self, x: Sequence[Hashable], path: str | PathLike[str]) -> None:
        """Write a solution: QAPLIB's form (n, cost, permutation from 1) for .sln, else JSON."""
        if Path(path).suffix != ".sln":
            super().write(x, path)
            return
        places = " ".join(str(k + 1) for k in self.order(x).tolist())
        Path(path).write_text(f"{self.size} {self.cost(x):.15g}\n{places}\n", encoding="utf-8")

    def plot(self, x: Sequence[Hashable], ax: Axes | None = None) -> Axes:
        """Draw the flows between the places, or flows over distances where there are none."""
        from hopopt.plotting import caption
        from problems.permutations.pictures import plot_flows

        title = caption(self, self.cost(x))
        return plot_flows(self.A, self.B, self.order(x), ax, points=self.points, title=title)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.instance!r}, n = {self.size})"


def qap(
    A: ArrayLike, B: ArrayLike, *, method: str | Method = "auto", **options: Any
) -> tuple[float, list[Any]]:
    """Return a low value of Σ_ij A_ij·B_p(i)p(j) over permutations, and its p.

    Parameters
    ----------
    A, B : array_like, shape (n, n)
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import problems
    >>> problems.qap([[0, 2], [0, 0]], [[0, 1], [5, 0]], time_limit=0.1)
    (2.0, [0, 1])
    """
    from hopopt import minimize

    options.setdefault("rng", 0)
    result = minimize(QuadraticAssignment(A, B), method, **options)
    return result.fun, result.x
