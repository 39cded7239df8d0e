from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from dial import Dial, Draw, Loud

from hopopt import Result, Snapshot, Status, minimize
from problems import TSP


def known(result: Result) -> tuple[Any, ...]:
    return result.x, result.fun, result.funs, result.status, result.nit, result.nfev


def test_best_of_the_restarts_is_returned() -> None:
    result = minimize(Dial(), restarts=9, rng=1)
    assert result.fun == min(result.funs) == abs(result.x)
    assert result.restarts == len(result.funs) == 9
    assert (result.nit, result.nfev) == (27, 54)
    assert (result.status, result.success) == (0, True)
    assert result.message == Status.CONVERGED.advice
    assert (result.method, result.integrator, result.pure) == ("draw", "none", True)
    assert result.output is not None
    assert result.output[0] == result.x
    assert result.energy == -2.0
    assert result.cpu_seconds >= 0
    assert result.wall_seconds >= 0
    with pytest.raises(FrozenInstanceError):
        result.fun = 0.0  # type: ignore[misc]


def test_maximisation_keeps_the_highest() -> None:
    result = minimize(Loud(), restarts=9, rng=1)
    assert result.fun == max(result.funs)
    low = minimize(Dial(), restarts=9, rng=1)
    assert result.funs == low.funs
    none = minimize(Loud(limit=-100.0), restarts=2, rng=1)
    assert none.fun == -np.inf


def test_method_chooses_its_restarts_and_takes_options() -> None:
    assert minimize(Dial(), rng=0).restarts == 4
    assert minimize(Dial(), rng=0, restarts=np.int64(2)).restarts == 2  # type: ignore[arg-type]
    wide = minimize(Dial(), "draw", rng=0, spread=10.0)
    assert wide.fun == pytest.approx(10 * minimize(Dial(), "draw", rng=0).fun)
    assert minimize(Dial(), Draw(10.0), rng=0).funs == wide.funs
    assert not minimize(Dial(), "slow", rng=0, restarts=1).pure


# Seeds


def test_seed_reproduces_the_result() -> None:
    one, other = minimize(Dial(), rng=3), minimize(Dial(), rng=np.int64(3))  # type: ignore[arg-type]
    assert known(one) == known(other)
    assert one.seed == other.seed == 3
    fresh = minimize(Dial())
    assert fresh.seed is not None
    assert known(minimize(Dial(), rng=fresh.seed)) == known(fresh)
    assert known(fresh) != known(minimize(Dial()))


def test_generator_is_spawned_per_restart() -> None:
    generator = np.random.default_rng(4)
    first = minimize(Dial(), rng=generator)
    second = minimize(Dial(), rng=generator)
    assert first.seed is None
    assert first.funs != second.funs
    assert first.funs == minimize(Dial(), rng=np.random.default_rng(4)).funs
    assert len(set(first.funs)) == 4
    assert minimize(Dial(), rng=3, restarts=2).funs == minimize(Dial(), rng=3).funs[:2]


# Workers


def test_answer_does_not_depend_on_the_workers() -> None:
    here = minimize(Dial(), rng=5, restarts=5)
    with ThreadPoolExecutor(2) as threads, get_context("spawn").Pool(1) as processes:
        maps: list[Any] = [2, 3, -1, map, threads.map, processes.map, processes.imap]
        for workers in maps:
            assert known(minimize(Dial(), rng=5, restarts=5, workers=workers)) == known(here)


def test_errors_of_a_method_pass_through() -> None:
    for workers in (1, 2):
        with pytest.raises(ZeroDivisionError, match="no number"):
            minimize(Dial(), "failing", workers=workers)


# Limits


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("limit", [0.0, 0.3])
def test_time_limit_holds(workers: int, limit: float) -> None:
    before = time.monotonic()
    result = minimize(Dial(), "slow", restarts=50, rng=0, time_limit=limit, workers=workers)
    elapsed = time.monotonic() - before
    assert result.status == Status.TIME_LIMIT
    assert result.success
    assert 1 <= result.restarts <= 3
    assert limit <= elapsed


def test_budget_ends_every_restart_where_there_is_no_limit() -> None:
    result = minimize(Dial(), "slow", restarts=2, rng=0)
    assert (result.restarts, result.status) == (2, Status.TIME_LIMIT)


# Callbacks


def test_callback_sees_every_stage() -> None:
    seen: list[Snapshot] = []
    result = minimize(Dial(), restarts=2, rng=6, callback=seen.append)
    assert [(s.restart, s.stage) for s in seen] == [(r, s) for r in (0, 1) for s in (0, 1, 2)]
    assert [s.T for s in seen[:3]] == [1, 0.5, 1 / 3]
    assert [s.energy for s in seen[:3]] == [0, -1, -2]
    assert [s.best for s in seen] == [np.inf] * 3 + [result.funs[0]] * 3
    assert {abs(s.solution()) for s in seen} == set(result.funs)
    assert known(result) == known(minimize(Dial(), restarts=2, rng=6))


@pytest.mark.parametrize("after", [1, 4, 7])
def test_stop_iteration_keeps_the_best(after: int) -> None:
    count = 0

    def callback(_: Snapshot) -> None:
        nonlocal count
        count += 1
        if count == after:
            raise StopIteration

    result = minimize(Dial(), restarts=9, rng=7, callback=callback)
    assert result.status == Status.STOPPED
    assert result.restarts == (after + 2) // 3
    assert result.fun == min(result.funs)


def test_callback_is_refused_where_processes_share_the_restarts() -> None:
    for workers in (2, -1, map):
        with pytest.raises(ValueError, match="callback needs workers=1"):
            minimize(Dial(), restarts=2, workers=workers, callback=print)
    seen: list[Snapshot] = []
    minimize(Dial(), restarts=1, rng=6, workers=2, callback=seen.append)
    assert len(seen) == 3


# Interrupts


def test_interrupt_keeps_the_best_so_far() -> None:
    result = minimize(Dial(), "impatient", restarts=9, rng=8)
    assert result.status == Status.INTERRUPTED
    assert result.restarts == 2
    handed_in = minimize(Dial(), "yielding", restarts=9, rng=8)
    assert (handed_in.status, handed_in.restarts) == (Status.INTERRUPTED, 1)
    both = minimize(Dial(), "yielding", restarts=2, rng=8, workers=2)
    assert (both.status, both.restarts) == (Status.INTERRUPTED, 2)


def test_interrupt_before_the_first_answer_is_raised() -> None:
    impatient: Any = Dial().method("impatient")
    impatient.calls = 9
    with pytest.raises(KeyboardInterrupt):
        minimize(Dial(), impatient)


# Feasibility


def test_feasible_answers_go_before_cheaper_ones() -> None:
    result = minimize(Dial(limit=-1.0), restarts=40, rng=9)
    assert result.x <= -1
    assert result.success
    assert result.funs.count(np.inf) > 10


def test_no_feasible_answer_says_so() -> None:
    result = minimize(Dial(limit=-100.0), rng=10)
    assert not result.success
    assert (result.fun, result.status) == (np.inf, Status.INFEASIBLE)
    assert result.gap is None
    assert "restarts" in result.message


# Bad input


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "drow"}, ValueError, "method must be one of auto, draw.*did you mean 'draw'"),
        ({"method": ""}, ValueError, "method must be one of"),
        ({"method": None}, ValueError, "method must be one of.*got None"),
        ({"restarts": 0}, ValueError, "restarts must be a positive integer; got 0"),
        ({"restarts": -1}, ValueError, "restarts must be a positive integer; got -1"),
        ({"restarts": 2.0}, ValueError, "restarts must be a positive integer; got 2.0"),
        ({"restarts": True}, ValueError, "restarts must be a positive integer; got True"),
        ({"time_limit": -1}, ValueError, "time_limit must be nonnegative seconds; got -1"),
        ({"time_limit": np.nan}, ValueError, "time_limit must be nonnegative seconds; got nan"),
        ({"time_limit": "3"}, ValueError, "time_limit must be nonnegative seconds; got '3'"),
        ({"workers": 0}, ValueError, "workers must be a positive integer, -1, or map-like; got 0"),
        ({"workers": 1.5}, ValueError, "workers must be.*got 1.5"),
        ({"workers": True}, ValueError, "workers must be.*got True"),
        ({"rng": "seed"}, TypeError, "rng must be an integer seed.*got 'seed'"),
        ({"rng": 1.5}, TypeError, "rng must be an integer seed.*got 1.5"),
        ({"rng": True}, TypeError, "rng must be an integer seed.*got True"),
        ({"rng": -1}, ValueError, "rng must be a nonnegative seed; got -1"),
        ({"callback": 3}, TypeError, "callback must be callable; got 3"),
        ({"method": "draw", "bread": 1}, TypeError, "method draw takes no option 'bread'; it"),
        ({"method": Draw(), "spread": 1}, TypeError, "go to the method's own constructor"),
    ],
)
def test_arguments_out_of_range(options: dict[str, Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        minimize(Dial(), **options)


def test_what_is_no_problem_is_refused() -> None:
    with pytest.raises(TypeError, match=r"problem must be a hopopt\.Problem; got"):
        minimize(np.eye(3))  # type: ignore[arg-type]
    make: Callable[..., Any] = Dial
    with pytest.raises(TypeError, match=r"problem must be a hopopt\.Problem; got <class"):
        minimize(make)  # type: ignore[arg-type]


def test_no_network_comes_to_rest_in_a_classical_method() -> None:
    square = TSP.from_points([[0, 0], [2, 1], [0, 1], [2, 0]])
    assert minimize(square, "greedy", rng=0).message == "The method came to its end."
    assert minimize(square, "ring", rng=0).message == Status.CONVERGED.advice
