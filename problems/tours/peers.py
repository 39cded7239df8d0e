"""Other packages' solvers of the travelling salesman problem, to compare the networks with."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hopopt import Attempt, Method, Monitor
from problems.shared.external import External, Stopwatch, whole_numbers
from problems.tours.baseline import Heuristic
from problems.tours.instance import Instance

Floats = NDArray[np.float64]

UINT16 = 2**16 - 1
FINE = 10**7


class Peer(External, Heuristic):
    """What the solvers of other packages share; see `problems.external`.

    Attributes
    ----------
    most : int or None
        The largest whole number that the solver takes as a distance; None where it takes floats.
    """

    most: ClassVar[int | None] = FINE

    def solve(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        watch = Stopwatch(monitor)
        matrix: NDArray[Any] = nonnegative(problem.distances.matrix())
        scale = 1.0
        if self.most is not None:
            matrix, scale = whole_numbers(matrix, self.most)
        order = self.order(matrix, rng, watch)
        return Attempt(
            x=problem.tour(order), status=watch.status, integrator=self.integrator(scale)
        )

    @abstractmethod
    def order(
        self, matrix: NDArray[Any], rng: np.random.Generator, watch: Stopwatch
    ) -> Sequence[int]:
        """Return a tour of three cities or more, in the time that is left.

        The matrix holds int64, or float64 where `most` is None.
        """


def nonnegative(matrix: Floats) -> Floats:
    """Return distances with the least one at 0, if it is below: all tours are longer alike.

    Edges that a tour must take carry a bonus that is larger than their length (`Linked`).
    """
    lifted = matrix - min(0.0, float(matrix.min(initial=0.0)))
    np.fill_diagonal(lifted, 0)
    return lifted


class FastTSP(Peer):
    """Or-opt by the package fast-tsp, compiled: the one to beat among those under a free licence.

    Symmetric distances up to 65,535, to which others are scaled. It takes no seed. Exact up to 20
    cities.

    References
    ----------
    Mulvad, "fast-tsp", 2026, https://github.com/shmulvad/fast-tsp.
    """

    name: ClassVar[str] = "fast-tsp"
    summary: ClassVar[str] = "the package fast-tsp: Or-opt, compiled"
    package: ClassVar[str] = "fast-tsp"
    module: ClassVar[str] = "fast_tsp"
    symmetric_only: ClassVar[bool] = True
    most_cities: ClassVar[int | None] = 20_000
    most: ClassVar[int | None] = UINT16

    def order(
        self, matrix: NDArray[Any], rng: np.random.Generator, watch: Stopwatch
    ) -> Sequence[int]:
        solver = import_module(self.module)
        tour: list[int] = solver.find_tour(matrix.astype(np.uint16), duration_seconds=watch.left)
        return tour


class Elkai(Peer):
    """Lin–Kernighan–Helsgaun 3 by the package elkai, whose licence is for non-commercial use.

    Symmetric or asymmetric. It takes neither a seed nor a time limit, and Ctrl-C does not reach it.

    Parameters
    ----------
    runs : int, default 1
        Of LKH; the package's own default is 10.

    References
    ----------
    Helsgaun, "An extension of the Lin–Kernighan–Helsgaun TSP solver for constrained traveling
    salesman and vehicle routing problems", 2017.
    """

    name: ClassVar[str] = "elkai"
    summary: ClassVar[str] = "the package elkai: LKH-3; for non-commercial use only"
    package: ClassVar[str] = "elkai"
    module: ClassVar[str] = "elkai"
    most: ClassVar[int | None] = 10**6
    timed: ClassVar[bool] = False

    def __init__(self, runs: int = 1) -> None:
        if isinstance(runs, bool) or not isinstance(runs, int) or runs < 1:
            raise ValueError(f"runs must be a positive integer; got {runs!r}")
        self.runs = runs

    def order(
        self, matrix: NDArray[Any], rng: np.random.Generator, watch: Stopwatch
    ) -> Sequence[int]:
        distances = import_module(self.module).DistanceMatrix(matrix.tolist())
        cycle: list[int] = distances.solve_tsp(runs=self.runs)
        return cycle[:-1]


class ORTools(Peer):
    """Guided local search by Google's OR-tools, from the cheapest arcs; symmetric or asymmetric.

    References
    ----------
    Voudouris & Tsang, "Guided local search and its application to the traveling salesman problem",
    1999.
    """

    name: ClassVar[str] = "or-tools"
    summary: ClassVar[str] = "the package ortools: routing with guided local search"
    package: ClassVar[str] = "ortools"
    module: ClassVar[str] = "ortools"
    most_cities: ClassVar[int | None] = 5000

    def order(
        self, matrix: NDArray[Any], rng: np.random.Generator, watch: Stopwatch
    ) -> Sequence[int]:
        routing = import_module("ortools.constraint_solver.pywrapcp")
        choices = import_module("ortools.constraint_solver.routing_enums_pb2")
        manager = routing.RoutingIndexManager(len(matrix), 1, 0)
        model = routing.RoutingModel(manager)
        model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(matrix.tolist()))
        settings = routing.DefaultRoutingSearchParameters()
        settings.first_solution_strategy = choices.FirstSolutionStrategy.PATH_CHEAPEST_ARC
        settings.local_search_metaheuristic = choices.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        settings.time_limit.FromMilliseconds(round(1000 * watch.left))
        found = model.SolveWithParameters(settings)
        if found is None:
            raise ValueError(
                f"or-tools found no tour of {len(matrix)} cities in {watch.seconds:.3g} s"
            )
        order, index = [], model.Start(0)
        while not model.IsEnd(index):
            order.append(manager.IndexToNode(index))
            index = found.Value(model.NextVar(index))
        return order


class PyVRP(Peer):
    """Iterated local search for vehicle routing by the package PyVRP, with one vehicle.

    Symmetric or asymmetric. A vehicle-routing solver has more to keep than a tour.

    References
    ----------
    Wouda, Lan & Kool, "PyVRP: a high-performance VRP solver package", 2024.
    """

    name: ClassVar[str] = "pyvrp"
    summary: ClassVar[str] = "the package pyvrp: vehicle routing with one vehicle"
    package: ClassVar[str] = "pyvrp"
    module: ClassVar[str] = "pyvrp"
    most_cities: ClassVar[int | None] = 15_000

    def order(
        self, matrix: NDArray[Any], rng: np.random.Generator, watch: Stopwatch
    ) -> Sequence[int]:
        vrp, n = import_module(self.module), len(matrix)
        data = vrp.ProblemData(
            locations=[vrp.Location(0, 0) for _ in range(n)],
            clients=[vrp.Client(location=city) for city in range(1, n)],
            depots=[vrp.Depot(location=0)],
            vehicle_types=[vrp.VehicleType()],
            distance_matrices=[matrix],
            duration_matrices=[np.zeros_like(matrix)],
        )
        stop = import_module("pyvrp.stop").MaxRuntime(watch.left)
        seed = int(rng.integers(2**31))
        found = vrp.solve(data, stop, seed=seed, collect_stats=False, display=False).best
        (route,) = found.routes()
        return [0, *(activity.idx + 1 for activity in route if activity.is_client())]


class PythonTSP(Peer):
    """The package python-tsp, in Python alone, from a random tour.

    It pins networkx 2 for its reader of files, so that it installs beside this package with
    ``pip install --no-deps python-tsp`` only.
    """

    package: ClassVar[str] = "python-tsp"
    module: ClassVar[str] = "python_tsp"
    install: ClassVar[str] = "pip install --no-deps python-tsp"
    most: ClassVar[int | None] = None
    algorithm: ClassVar[str]

    def order(
        self, matrix: NDArray[Any], rng: np.random.Generator, watch: Stopwatch
    ) -> Sequence[int]:
        heuristics = import_module(f"python_tsp.heuristics.{self.algorithm}")
        solver = getattr(heuristics, f"solve_tsp_{self.algorithm}")
        start = [0, *(1 + rng.permutation(len(matrix) - 1)).tolist()]
        limit = {"max_processing_time": watch.left} if self.timed else {}
        order, _ = solver(matrix, x0=start, **limit)
        return [int(city) for city in order]


class PythonTSP2Opt(PythonTSP):
    """2-opt by the package python-tsp; see `PythonTSP`.

    References
    ----------
    Croes, "A method for solving traveling-salesman problems", 1958.
    """

    name: ClassVar[str] = "python-tsp-2-opt"
    summary: ClassVar[str] = "the package python-tsp: 2-opt from a random tour"
    algorithm: ClassVar[str] = "local_search"


class PythonTSPLinKernighan(PythonTSP):
    """Lin–Kernighan by the package python-tsp; see `PythonTSP`. Symmetric; without a time limit.

    It gets whole numbers: where sums are rounded, it goes from tour to tour without end.

    References
    ----------
    Lin & Kernighan, "An effective heuristic algorithm for the traveling-salesman problem", 1973.
    """

    name: ClassVar[str] = "python-tsp-lk"
    summary: ClassVar[str] = "the package python-tsp: Lin–Kernighan from a random tour"
    algorithm: ClassVar[str] = "lin_kernighan"
    symmetric_only: ClassVar[bool] = True
    most: ClassVar[int | None] = FINE
    timed: ClassVar[bool] = False


PEERS: tuple[type[Method], ...] = (
    FastTSP,
    Elkai,
    ORTools,
    PyVRP,
    PythonTSP2Opt,
    PythonTSPLinKernighan,
)
