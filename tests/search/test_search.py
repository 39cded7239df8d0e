from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from hopopt import Monitor, Problem, Status, minimize
from hopopt.core import now
from hopopt.core.motion import TimeUp
from hopopt.search import Incumbent, search
from hopopt.solve.problem import Snapshot
from problems import TSP, Coloring, MaxCut, Partition, QuadraticAssignment, Queens


def rounds(*costs: float, error: BaseException | None = None) -> Iterator[Incumbent]:
    for k, cost in enumerate(costs):
        yield Incumbent(f"x{k}", float(cost), T=1.0 / (k + 1))
    if error is not None:
        raise error


def test_the_best_of_all_rounds_is_kept() -> None:
    found = search(rounds(5, 3, 4, 2, 6), Monitor())
    assert (found.best.x, found.best.cost, found.rounds) == ("x3", 2.0, 5)
    assert found.status is Status.CONVERGED
    assert_allclose(found.trace.energy, [5, 3, 3, 2, 2])
    assert_allclose(found.trace.temperature, [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    assert np.all(np.diff(found.trace.time) >= 0)


def test_target_and_patience_end_it() -> None:
    assert search(rounds(5, 3, 2, 1), Monitor(), target=3).rounds == 2
    assert search(rounds(5, 5, 4, 4, 4, 1), Monitor(), patience=2).rounds == 5
    assert search(rounds(5, 6, 7), Monitor(), patience=1).best.x == "x0"


def test_first_round_comes_whatever_the_time_limit() -> None:
    found = search(rounds(5, 3), Monitor(deadline=now() - 1))
    assert (found.rounds, found.status) == (1, Status.TIME_LIMIT)


@pytest.mark.parametrize(
    ("error", "status"),
    [(TimeUp(), Status.TIME_LIMIT), (KeyboardInterrupt(), Status.INTERRUPTED)],
)
def test_what_ends_a_round_keeps_the_incumbent(error: Any, status: Status) -> None:
    found = search(rounds(5, 3, error=error), Monitor())
    assert (found.best.cost, found.status) == (3, status)
    with pytest.raises(type(error)):
        search(rounds(error=error), Monitor())


def test_listener_hears_of_every_round_and_may_stop() -> None:
    heard: list[Any] = []

    def listener(T: float, output: Any, decode: Any) -> None:
        heard.append((T, output().item(), decode(None)))
        if len(heard) == 2:
            raise StopIteration

    found = search(rounds(5, 6, 1), Monitor(listener=listener))
    assert heard == [(1.0, "x0", "x0"), (0.5, "x0", "x0")]
    assert (found.status, found.best.x) == (Status.STOPPED, "x0")


def test_other_errors_pass_and_no_round_is_refused() -> None:
    with pytest.raises(ZeroDivisionError):
        search(rounds(5, error=ZeroDivisionError()), Monitor())
    with pytest.raises(ValueError, match="rounds must hold at least one incumbent; got none"):
        search(rounds(), Monitor())


GRAPH = nx.random_regular_graph(3, 10, seed=1)


@pytest.mark.parametrize(
    "problem",
    [
        MaxCut.from_graph(GRAPH),
        Partition.from_graph(GRAPH),
        Coloring.from_graph(GRAPH),
        Queens(6),
        QuadraticAssignment(np.arange(16).reshape(4, 4), np.ones((4, 4)) - np.eye(4)),
        TSP.load("random-8"),
    ],
    ids=lambda problem: problem.name,
)
def test_callback_sees_solutions(problem: Problem) -> None:
    seen: list[Snapshot] = []
    result = minimize(problem, restarts=1, rng=0, callback=seen.append)
    assert result.trace.subject == "cost"
    for snapshot in (seen[-1], seen[0]):
        ax = problem.plot(snapshot.solution(), ax=Figure().subplots())
        assert ax.get_title() != ""
    assert problem.cost(seen[-1].solution()) == result.fun
