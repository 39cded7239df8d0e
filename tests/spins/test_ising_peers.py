from __future__ import annotations

import contextlib
import itertools
import time
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopopt import Monitor, minimize
from hopopt.core import now
from hopopt.core.ising import IsingEnergy
from hopopt.solve.comparison import compare
from problems import QUBO, Ising, MaxCut
from problems.shared import external
from problems.shared.external import External, Stopwatch
from problems.spins.peer import best_of_reads, pairs
from problems.spins.peers import (
    CPSAT,
    PEERS,
    DWaveTabu,
    OneExchange,
    OpenJij,
)

EXTERNAL = [peer for peer in PEERS.values() if issubclass(peer, External)]


def lowest(energy: IsingEnergy) -> float:
    every = np.array(list(itertools.product([-1.0, 1.0], repeat=energy.size)))
    return float(energy.value(every).min())


def random_energy(n: int, seed: int) -> IsingEnergy:
    rng = np.random.default_rng(seed)
    return IsingEnergy(rng.normal(size=(n, n)), rng.normal(size=n), rng.normal())


@given(n=st.integers(1, 6), seed=st.integers(0, 10**6))
def test_pairs_are_the_energy(n: int, seed: int) -> None:
    energy = random_energy(n, seed)
    s = np.random.default_rng(seed).choice([-1.0, 1.0], n)
    i, j, w, b = pairs(energy)
    assert np.all(i < j)
    rest = energy.value(s) - (w * s[i] * s[j]).sum() - b @ s
    ones = np.ones(n)
    assert rest == pytest.approx(float(energy.value(ones) - w.sum() - b.sum()))


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("problem", [MaxCut, QUBO, Ising])
def test_every_quadratic_problem_knows_the_peers(problem: Any, name: str) -> None:
    assert problem.methods[name] is PEERS[name]
    assert PEERS[name]().kind == "classical"


@pytest.mark.parametrize("peer", EXTERNAL)
def test_peer_finds_a_low_energy_once_it_is_warm(peer: type[External]) -> None:
    if find_spec(peer.module) is None:
        pytest.skip(f"{peer.package} is not installed")
    if peer.module == "simulated_bifurcation":
        pytest.importorskip("torch")
    problem = Ising(random_energy(8, 1))
    with contextlib.suppress(ValueError):
        minimize(problem, peer(), rng=0, time_limit=0.0)
    result = minimize(problem, peer(), rng=0, time_limit=1.0)
    assert result.integrator.startswith(f"{peer.package} ")
    assert result.fun == pytest.approx(lowest(problem.energy), rel=0.1)


@pytest.mark.parametrize("peer", EXTERNAL)
def test_missing_peer_is_named_and_skipped(
    peer: type[External], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(external, "find_spec", lambda name: None)
    (row,) = compare(MaxCut.load("regular-8"), [peer.name], isolated=False)
    assert row["message"].startswith(f"skipped: {peer.package} is not installed (pip install")


@settings(max_examples=10)
@given(n=st.integers(2, 7), seed=st.integers(0, 10**6))
def test_one_exchange_ends_where_no_single_flip_helps(n: int, seed: int) -> None:
    problem = Ising(random_energy(n, seed))
    result = minimize(problem, OneExchange(), rng=seed, restarts=1)
    flipped = result.x - 2 * np.diag(result.x)
    assert np.all(problem.energy.value(flipped.astype(float)) >= result.fun - 1e-9)


def test_too_large_instances_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "find_spec", lambda name: "found")
    large = MaxCut(20_001, ([0], [1]))
    assert "at most 10000 variables; got 20001" in str(DWaveTabu().refusal(large))
    assert "takes minutes beyond 500" in str(OneExchange().refusal(large))
    with pytest.raises(ValueError, match="cp-sat takes at most 20000"):
        minimize(large, CPSAT())


def test_reads_fill_the_time_and_keep_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that goes on by two milliseconds a read."""
    told: list[int] = []
    energies = itertools.chain([3.0, 1.0, 2.0], itertools.repeat(5.0))
    monkeypatch.setattr(external, "now", lambda: 0.002 * sum(told))

    def read(n: int) -> tuple[Any, float]:
        told.append(n)
        energy = next(energies)
        return np.array([energy]), energy

    assert best_of_reads(read, Stopwatch(Monitor(deadline=0.2))) == [1.0]
    assert told[:3] == [1, 2, 4]
    assert all(after <= 2 * before for before, after in itertools.pairwise(told))
    assert 90 < sum(told) <= 100


def test_one_read_is_made_whatever_the_time() -> None:
    told: list[int] = []

    def read(n: int) -> tuple[Any, float]:
        told.append(n)
        time.sleep(0.02)
        return np.ones(1), 0.0

    best_of_reads(read, Stopwatch(Monitor(deadline=now())))
    assert told == [1]


@pytest.mark.parametrize("sweeps", [0, -1, 2.5, True])
def test_bad_options(sweeps: Any) -> None:
    with pytest.raises(ValueError, match=r"sweeps must be a (positive integer|whole number)"):
        OpenJij(sweeps)
