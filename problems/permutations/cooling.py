"""Ways to assign: Sinkhorn units that cool, and shortest augmenting paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hopopt import (
    Attempt,
    Diagonal,
    Energy,
    ExponentialEuler,
    Method,
    Monitor,
    Network,
    Sinkhorn,
    Status,
    anneal,
)
from hopopt.core import Order, is_permutation
from hopopt.solve import Kind
from problems.permutations.placing import seated
from problems.shared.motions import motion

Floats = NDArray[np.float64]

STAGES = 40
COLD = 1e-10
TIES = 1e-7
SURE = 0.99
QUIET, LONGEST = 0.2, 4  # change of an output below which stages are left out; at most so far on
FAST = ExponentialEuler(50.0, max_steps=1, tol=0, descends=False)


class Instance(Protocol):
    """What the methods see: costs ≥ 0 of a square matrix, and what may be added to each."""

    placed: Floats
    ties: float
    possible: bool
    optimum: float | None

    def decode(self, output: Floats) -> Any: ...
    def solution(self, order: Order) -> Any: ...


class Cooling(Method):
    """Sinkhorn units, cooled: the output of a linear energy goes to the optimum as T → 0.

    With H(V) = Σ c_ij·v_ij the field does not depend on the state, so that the network rests at
    the entropic optimum V = Sinkhorn(exp(−C/T)), and V tends to the assignment of least cost where
    there is one alone. Costs are perturbed so that there is: whole numbers by less than 1/n, others
    by a ten-millionth of the largest. Every worker takes the job of its largest output: no solver
    of assignments is called. Of whole numbers the cooling ends where the outputs prove, by
    duality, that no assignment costs less (`excess`).

    Parameters
    ----------
    solver : str, default "exponential-euler"
        A SciPy solver, which integrates every stage to rest, or the fast step, one a stage.
    stages : int, default 40
        Temperatures at most, from the range of the costs to 10⁻¹⁰ of it: where outputs hardly
        change, some are left out.
    **options
        Of `solve_ivp`: rtol, atol, max_step, ….

    References
    ----------
    Kosowsky & Yuille, "The invisible hand algorithm: solving the assignment problem with
    statistical physics", 1994.
    """

    name: ClassVar[str] = "sinkhorn"
    summary: ClassVar[str] = "Sinkhorn (softassign) units, cooled; any of SciPy's solvers"
    kind: Kind = "pure"

    def __init__(
        self, solver: str = "exponential-euler", stages: int = STAGES, **options: Any
    ) -> None:
        if stages < 1:
            raise ValueError(f"stages must be a positive integer; got {stages}")
        self.solver, self.stages, self.options = solver, stages, options

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        C = problem.placed
        if not problem.possible:
            return Attempt(problem.decode(-C), Status.OPTIMAL)
        move = motion(self.solver, FAST, C.size, self.options, duration=30.0, tol=1e-6)
        largest = float(C.max()) or 1.0
        C = (C + (problem.ties or TIES * C.max()) * rng.random(C.shape)) / largest
        slack = len(C) * problem.ties / largest  # sums of whole numbers differ by twice as much
        network, settled = Network(linear(C), Sinkhorn()), False
        last = np.zeros(C.shape)

        def cooled() -> Iterator[Network]:
            stages, k, step = np.geomspace(1, COLD, self.stages), 0, 1
            while k < len(stages) and not settled:
                before = last
                yield network.at(T=stages[k])
                quiet = np.abs(last - before).max() < QUIET
                step = min(step + 1, LONGEST) if quiet else 1
                k += step if k + step < len(stages) else max(1, len(stages) - 1 - k)

        def look(network: Network, u: Floats) -> None:
            nonlocal settled, last
            last = V = network.output(u)[0]
            settled = bool((V.max(-1) > SURE).all())
            settled |= slack > 0 and excess(V, C, u, network.T) < slack
            monitor.tell(float(network.T), lambda: V, problem.decode)

        rest = anneal(cooled(), move, np.zeros(C.shape), monitor=monitor, callback=look)
        valid = is_permutation(rest.v)
        return Attempt.at_rest(rest, problem.decode(rest.v), valid_before_decoding=valid)


def excess(V: Floats, C: Floats, u: Floats, T: Any) -> float:
    """Return by how much, at most, the assignment `seated` by the outputs costs above the optimum.

    With V = exp((u + α_i + β_j)/T) and u = −C at rest, V ≤ 1 says that α and β are feasible for the
    dual program, whose value is Σ C_ip(i) + T·Σ log V_ip(i) for any assignment p.
    """
    chosen = V[np.arange(len(V)), seated(V)]
    moving = 2 * len(C) * float(np.abs(C + u).max())
    with np.errstate(divide="ignore"):
        return moving - float(np.max(T)) * float(np.log(chosen).sum())


class ShortestPaths(Method):
    """SciPy's `linear_sum_assignment`: exact, and what anyone should use.

    References
    ----------
    Crouse, "On implementing 2D rectangular assignment algorithms", 2016.
    """

    name: ClassVar[str] = "scipy"
    summary: ClassVar[str] = "scipy linear_sum_assignment; exact"
    kind: Kind = "classical"

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        order = linear_sum_assignment(problem.placed)[1]
        return Attempt(problem.solution(order), Status.OPTIMAL, bound=problem.optimum)


def linear(costs: Floats) -> Energy:
    """Return H(V) = Σ c_ij·v_ij on n×n outputs."""
    return Diagonal(costs.shape, 0.0, costs)


METHODS: Mapping[str, type[Method]] = {m.name: m for m in (Cooling, ShortestPaths)}
