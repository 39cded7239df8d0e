from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from orphans import kill_parent
from toy import Endless, Exiting, Killed, Missing, Plain, Pressing, Toy, Unreadable

from hopopt import Attempt, Status
from hopopt.solve.comparison import compare, measure
from hopopt.solve.isolation import cut_off, run_apart
from hopopt.solve.trial import Trial, run_here
from problems import TSP
from problems.tours.baselines import Greedy

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


class Warm(Greedy):
    """Counts its calls."""

    calls = 0

    def solve(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        Warm.calls += 1
        return replace(super().solve(problem, rng, monitor), integrator=str(Warm.calls))


class Local(Plain):
    """Knows the process that it runs in."""

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Attempt:
        attempt = super().attempt(problem, rng, monitor)
        threads = os.environ["OPENBLAS_NUM_THREADS"]
        return Attempt(x=attempt.x, status=attempt.status, integrator=f"{os.getpid()} {threads}")


def test_process_of_its_own_gives_the_same_answer() -> None:
    trial = Trial(TSP.load("random-9"), TSP.load("random-9").method("two-opt"), 3, 5.0)
    apart, here = run_apart(trial), run_here(trial)
    assert apart.result is not None
    assert here.result is not None
    assert (apart.seed, apart.status, apart.message) == (3, here.status, here.message)
    assert (apart.result.x, apart.result.fun) == (here.result.x, here.result.fun)
    assert apart.result.problem is trial.problem


def test_every_run_has_its_own_process_with_one_thread() -> None:
    (entry,) = measure(Toy(4), [Local()], seeds=2)
    said = [result.integrator.split() for result in entry.results]
    assert len({process for process, _ in said} | {str(os.getpid())}) == 3
    assert [threads for _, threads in said] == ["1", "1"]


@POSIX
def test_no_failure_loses_its_row() -> None:
    methods = [Endless(), Killed(), Exiting(), Unreadable(), Missing(), "plain"]
    rows = compare(Toy(4), methods, time_limit=0.0)
    endless, killed, exiting, unreadable, missing, plain = (row["message"] for row in rows)
    assert endless == "Cut off: it used up its CPU time (limit 0 s)."
    assert killed == "Killed by SIGKILL (out of memory?)."
    assert exiting == "Failed: its process ended with exit status 3. out of cheese"
    assert unreadable.startswith("could not be read from the process of its own (invalid literal")
    assert (missing, plain) == ("skipped: not installed", Status.TIME_LIMIT.advice)
    assert [row["status"] for row in rows] == [*[None] * 5, Status.TIME_LIMIT]
    assert [row["valid"] for row in rows] == [0, 0, 0, 0, 0, 1]
    assert [len(row["runs"]) for row in rows] == [1, 1, 1, 1, 0, 1]


def test_first_solve_of_a_process_is_a_warm_up() -> None:
    (row,) = compare(TSP.load("random-9"), [Warm()], seeds=1)
    assert row["integrator"] == "2"


def test_what_cannot_be_sent_says_so() -> None:
    class Hidden(Plain):
        pass

    (row,) = compare(Toy(4), [Hidden()])
    assert row["message"].startswith("could not be sent to a process of its own")
    assert "isolated=False" in row["message"]


@POSIX
def test_interrupt_ends_the_process_and_leaves_rows() -> None:
    told: list[str] = []
    methods = ["plain", Pressing(), "plain"]
    rows = compare(Toy(4), methods, time_limit=600.0, callback=lambda m, seed: told.append(m))
    assert told == ["plain", "pressing"]
    assert [row["valid"] for row in rows] == [1, 0, 0]
    assert rows[1]["message"].startswith("Interrupted")
    assert rows[2]["message"].startswith("Not run")


LAST = """
from orphans import kill_parent
from toy import Lasting, Toy
from hopopt.solve.comparison import compare
compare(Toy(4), [Lasting()], time_limit=600.0)
"""


@POSIX
@pytest.mark.parametrize("ending", ["SIGKILL", "SIGTERM"])
def test_no_process_outlives_its_parent(ending: str, tmp_path: Path) -> None:
    kill_parent(LAST, signal.Signals[ending], tmp_path)


def test_cut_off_leaves_room_for_the_limit() -> None:
    assert all(cut_off(limit) >= 1.1 * limit + 0.2 for limit in (0.0, 0.1, 1.0, 10.0, 600.0))
