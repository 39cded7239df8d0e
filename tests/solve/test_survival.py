"""What a solve survives: a worker that dies, a clock that is set, Ctrl-C while it bounds."""

from __future__ import annotations

import os
import pickle
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import parent_process
from typing import Any, ClassVar

import numpy as np
import pytest
from dial import Dial, Draw

from hopopt import Attempt, Monitor, Status, minimize
from hopopt.core import Deadline, clock
from problems import TSP

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


class Mortal(Draw):
    """Dies in every process but the test's own."""

    name: ClassVar[str] = "mortal"

    def attempt(self, problem: Any, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        if parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().attempt(problem, rng, monitor)


@posix
def test_a_solve_outlives_all_its_workers_and_says_so() -> None:
    result = minimize(Dial(), Mortal(), restarts=2, workers=2, rng=1)
    assert result.success
    assert result.message.startswith("A worker process died (killed, or out of memory): 2 restarts")
    assert result.restarts == 1


@posix
def test_somebody_elses_pool_may_die() -> None:
    with ProcessPoolExecutor(1) as pool:
        result = minimize(Dial(), Mortal(), restarts=3, workers=pool.map, rng=1)
    assert result.success
    assert "3 restarts lost" in result.message


def test_a_map_keeps_its_other_errors() -> None:
    def broken(function: Any, tasks: Any) -> Any:
        yield function(tasks[0])
        raise BrokenProcessPool

    def wrong(function: Any, tasks: Any) -> Any:
        raise ZeroDivisionError

    result = minimize(Dial(), restarts=3, workers=broken, rng=1)
    assert (result.restarts, "2 restarts lost" in result.message) == (1, True)
    with pytest.raises(ZeroDivisionError):
        minimize(Dial(), restarts=3, workers=wrong, rng=1)


@pytest.mark.parametrize(
    ("shift", "limit", "status"),
    [(7200.0, 3600.0, Status.CONVERGED), (-7200.0, 0.1, Status.TIME_LIMIT)],
)
def test_setting_the_clock_changes_no_deadline(
    shift: float, limit: float, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set forward it ends no search too early; set back it lets none go on."""
    real, times = time.time, iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: real() + shift * (next(times) > 0))
    kicks = 5 if status == Status.CONVERGED else 10**9
    problem = TSP.load("random-60")
    result = minimize(problem, "k-opt", rng=0, time_limit=limit, kicks=kicks, compiled=False)
    assert (result.success, result.status) == (True, status)


def test_another_machine_is_told_the_seconds_left(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline.after(100)
    assert pickle.loads(pickle.dumps(deadline)) == deadline
    parcel = pickle.dumps(deadline)
    monkeypatch.setattr(clock, "MACHINE", "another")
    there = pickle.loads(parcel)
    assert there != deadline
    assert 90 < there - clock.now() <= 100.1


class Stuck(Dial):
    def bound(self, time_limit: float | None = None) -> float:
        raise KeyboardInterrupt


def test_ctrl_c_while_bounding_keeps_the_answer() -> None:
    result = minimize(Stuck(), rng=1, bound=True)
    assert (result.status, result.bound) == (Status.INTERRUPTED, None)
    assert result.fun == minimize(Dial(), rng=1).fun
    assert result.message.startswith("Interrupted, without a bound.")
