"""Every method is of the kind that it says: a spy sees which motions ran, and where they ended.

``python tests/test_kinds.py`` prints the table.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from spy import Spy, motions

from hopopt import (
    Exchanges,
    Method,
    Monitor,
    Network,
    Polytope,
    Problem,
    Result,
    Snapshot,
    minimize,
)
from hopopt.solve.discovery import problem_class, problem_names
from problems import TSP
from problems.shared.external import External
from problems.spins.spin_problem import SpinProblem
from problems.tours.candidates import candidates
from problems.tours.clamped.chains import ONE_OF_EACH, ChainLength, orders_of, outputs
from problems.tours.clamped.tours import Tours
from problems.tours.clamped.windows import draw

EXAMPLES = {
    "assignment": "random-6",
    "clique": "random-14",
    "coloring": "queen4",
    "hubo": "three-12",
    "independent-set": "random-20",
    "ising": "sk-12",
    "knapsack": "random-6",
    "matching": "shuffled-petersen",
    "maxcut": "regular-16",
    "maxsat": "random-9-6",
    "number-partition": "random-9",
    "packing": "random-20-3",
    "partition": "grid-4-6",
    "qap": "random-8",
    "qubo": "beasley-40",
    "queens": "6",
    "sat": "planted-12-4",
    "set-cover": "random-12-20",
    "tsp": "random-16",
    "vertex-cover": "random-20",
}
SHORT = {
    "reference": True,
    "sweeps": 40,
    "steps": 40,
    "stages": 12,
    "batches": 2,
    "patience": 2,
    "effort": 2,
}
CASES = [(name, method) for name in problem_names() for method in problem_class(name).methods]


def short(problem: Problem, name: str) -> Method:
    """The method with the options that it takes of `SHORT`, or skip where it cannot run here."""
    known = inspect.signature(problem.methods[name]).parameters
    method = problem.method(name, **{k: v for k, v in SHORT.items() if k in known})
    if refusal := method.refusal(problem):
        pytest.skip(refusal)
    return method


def watched(problem: Problem, name: str) -> tuple[Result, Spy]:
    """Run a method under the spy: one that would use its time is stopped after a round or two."""
    method = short(problem, name)
    timed = method.budget(problem) is not None
    with pytest.MonkeyPatch.context() as patch:
        spy = Spy().watch(patch)

        def stop(snapshot: Snapshot) -> None:
            if timed and (spy.runs or snapshot.stage):
                raise StopIteration

        seconds = 0.05 if isinstance(method, External) else 60
        result = minimize(problem, method, restarts=1, rng=0, time_limit=seconds, callback=stop)
    return result, spy


def load(name: str) -> Problem:
    return problem_class(name).load(EXAMPLES[name])


def at_rest(problem: Problem, output: Any, spy: Spy) -> bool:
    """Whether a motion came to rest in this output.

    Spins are presolved, and visited in an order of their own: there no single flip lowers E. A
    tour is relaxed window by window.
    """
    if isinstance(problem, SpinProblem) and output.shape == problem.energy.shape:
        rise = problem.energy.flip(output, -2 * output)
        return bool(np.all(rise >= -1e-9 * problem.energy.scale))
    if isinstance(problem, TSP) and output.ndim == 1:
        return windows_at_rest(problem, output)
    states = spy.states(output.shape)
    return any(np.array_equal(v, output) or np.array_equal(v[::-1], output) for v in states)


def windows_at_rest(problem: TSP, order: Any) -> bool:
    """Whether no network of a window, all but three edges of the tour clamped, would move at T = 0.

    Those of a window that came to rest last are not the whole tour's.
    """
    tours, rng = Tours(order[None]), np.random.default_rng(0)
    windows = draw(tours.position, candidates(problem.distances, 7), 3, 200, rng)
    energy = ChainLength(problem.distances, *tours.ends(windows, 2))
    start = np.tile([0, 2, 4], (len(windows.replica), 1))
    network = Network(energy, Polytope(ONE_OF_EACH), T=0)
    rest = Exchanges().run(network, outputs(start, 2), Monitor(record=False))
    return bool(np.array_equal(orders_of(rest.u), start))


def keeps_its_word(problem: Problem, result: Result, spy: Spy) -> None:
    """Check a result against what the spy has seen."""
    assert bool(spy.runs) == (result.kind != "classical")
    if spy.runs:
        assert result.nit == sum(run.nit for run in spy.runs)
        assert result.nfev == sum(run.nfev for run in spy.runs)
        assert result.integrator.startswith(" + ".join(spy.names))
    if result.kind == "pure":
        assert result.integrator == " + ".join(spy.names)
        assert result.output is not None
        assert problem.describe(problem.decode(result.output)) == problem.describe(result.x)
        assert at_rest(problem, result.output, spy)
        if isinstance(problem, SpinProblem) and problem.exact:
            value = float(problem.energy.value(result.output))
            assert value == pytest.approx(problem.loss(result.fun))


@pytest.mark.parametrize(("name", "method"), CASES)
def test_kind_is_what_happens(name: str, method: str) -> None:
    problem = load(name)
    result, spy = watched(problem, method)
    assert result.kind == problem.methods[method].kind
    keeps_its_word(problem, result, spy)


def test_the_spy_knows_the_motions() -> None:
    names = {kind.__name__ for kind in motions()}
    assert {"Flow", "ExponentialEuler", "Updates", "LineSearch", "Majorize"} <= names
    assert {"Replicas", "Sweeps", "Exchanges"} <= names


@pytest.mark.parametrize("name", problem_names())
def test_pure_takes_the_best_pure_method(name: str) -> None:
    """It is the first in the ranking, and others are refused by name."""
    problem = load(name)
    pure = problem.pure_methods()
    if not pure:
        with pytest.raises(ValueError, match=f"{name} has none"):
            problem.method(pure=True)
        return
    chosen = problem.method(pure=True)
    assert chosen.pure
    assert chosen.name == next(method for method in problem.ranking() if method in pure)
    for other in set(problem.methods) - set(pure):
        with pytest.raises(ValueError, match=f"got '.*', which is {problem.methods[other].kind}"):
            problem.method(other, pure=True)


def table() -> Iterator[str]:
    """Yield a row a method: what it says, what ran."""
    for name, method in CASES:
        try:
            result, spy = watched(load(name), method)
        except pytest.skip.Exception as skipped:
            yield f"{name:<17}{method:<23}{problem_class(name).methods[method].kind:<11}{skipped}"
            continue
        ran = ", ".join(spy.names) or "no motion"
        counts = f"nit {result.nit}, nfev {result.nfev}"
        yield f"{name:<17}{method:<23}{result.kind:<11}{ran:<32}{counts}"


if __name__ == "__main__":
    for line in table():
        sys.stdout.write(line + "\n")
