"""What a limit of time that is over leaves to be done: one short round of every method."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from hopopt import IsingEnergy, Monitor, Status, minimize
from hopopt.core import Deadline
from hopopt.fast import made_ready
from hopopt.search import downhill, presolve
from problems import Clique, Ising, Knapsack, LinearAssignment, Packing, Partition
from problems.classes.multilevel import Multilevel
from problems.spins.annealing import Anneal
from problems.spins.tabu import fallen

OVER = 0.0


def ring(n: int) -> IsingEnergy:
    return IsingEnergy.from_edges(n, (np.arange(n), np.roll(np.arange(n), -1)), np.ones(n))


def late() -> Monitor:
    return Monitor(Deadline.after(-1.0))


def test_presolve_ends_with_its_time() -> None:
    assert presolve(ring(9), late()).energy.size == 9
    assert presolve(ring(9), Monitor(Deadline.after(60.0))).energy.size == 0


@pytest.mark.parametrize("late_", [False, True], ids=["in time", "late"])
def test_all_replicas_come_to_rest_the_best_ones_where_it_is_late(late_: bool) -> None:
    rng = np.random.default_rng(0)
    J = np.triu(rng.normal(size=(30, 30)), 1)
    energy = IsingEnergy(J)
    ready = made_ready(energy, "sign")
    v = rng.uniform(-1, 1, (9, 30)).astype(np.float32)
    s = downhill(ready, v, late() if late_ else Monitor())
    assert s.shape == v.shape
    assert len(np.unique(s, axis=0)) <= (4 if late_ else 9)
    assert ready.energy.flip(s, -2 * s).min() >= -1e-4


def test_fewer_replicas_where_there_is_no_time_for_more() -> None:
    rng = np.random.default_rng(0)
    i, j = rng.integers(0, 20_000, (2, 60_000))
    ready = made_ready(IsingEnergy.from_edges(20_000, (i, j), np.ones(60_000)), compiled=False)
    counts = [Anneal()._plan(ready, Monitor(Deadline.after(t)))[0] for t in (0.0, 1e-3, 3600.0)]
    assert counts[0] == 4 <= counts[1] < counts[2]


def test_one_quick_fall_where_there_is_no_time_to_get_ready() -> None:
    rng = np.random.default_rng(0)
    J = np.triu(rng.normal(size=(50, 50)), 1)
    result = minimize(Ising(J + J.T), "anneal", rng=0, time_limit=OVER)
    assert (result.success, result.nit, result.status) == (True, 1, Status.TIME_LIMIT)
    assert result.fun < 0
    assert fallen(ring(9), rng).cost < 0


def test_parts_are_balanced_when_the_time_is_over() -> None:
    problem = Partition(sparse.csr_array(np.ones((30, 30)) - np.eye(30)), parts=4)
    rounds = Multilevel().rounds(problem, np.random.default_rng(0), late())
    sizes = np.bincount(next(rounds).x)
    assert sorted(sizes.tolist()) == [7, 7, 8, 8]


class Counted(Monitor):
    """A monitor whose time is over after so many looks at it."""

    def __init__(self, looks: int) -> None:
        super().__init__(Deadline.after(60.0))
        self.looks = looks

    def remaining(self) -> float:
        self.looks -= 1
        return 1.0 if self.looks >= 0 else -1.0


@pytest.mark.parametrize("looks", [0, 1, 5, 20, 40, 60, 80])
def test_parts_are_there_whenever_the_time_ends(looks: int) -> None:
    W = sparse.diags_array(np.ones(199), offsets=1, shape=(200, 200))
    problem = Partition(W + W.T, parts=3)
    x = Multilevel(compiled=False).attempt(problem, np.random.default_rng(0), Counted(looks)).x
    assert problem.feasible(x)


@pytest.mark.parametrize(
    "problem",
    [
        Clique(sparse.csr_array((2000, 2000))),
        Ising(np.ones((600, 600))),
        Knapsack(np.arange(1.0, 6001.0) + 0.5, np.ones(6000), 999.0),
        LinearAssignment(np.random.default_rng(0).random((300, 300))),
        Packing(np.random.default_rng(0).random((60, 400)), np.ones(400), np.full(60, 40.0)),
        Partition(sparse.csr_array(np.ones((60, 60)) - np.eye(60)), parts=7),
    ],
    ids=lambda p: p.name,
)
def test_what_is_found_in_no_time_is_feasible(problem: object) -> None:
    result = minimize(problem, rng=0, time_limit=OVER)  # type: ignore[arg-type]
    assert result.success
