from __future__ import annotations

import time
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hopopt import Status, minimize
from hopopt.app.cli import main
from hopopt.solve.comparison import compare
from problems import TSP
from problems.shared import external
from problems.tours.exact import held_karp
from problems.tours.peers import PEERS, Elkai, FastTSP, ORTools, Peer, whole_numbers

SQUARE = TSP.from_points([[0, 0], [3, 4], [0, 4], [3, 0]])


class Fake(Peer):
    """A solver that answers with the cities as they are numbered, and keeps what it was given."""

    name = "fake"
    summary = "for tests"
    package = module = "numpy"
    most = 1000

    def __init__(self) -> None:
        self.given: Any = None

    def order(self, matrix: Any, rng: Any, watch: Any) -> list[int]:
        self.given = matrix, watch.seconds
        return list(range(len(matrix)))


def installed(peer: type[Peer]) -> Peer:
    """Return a peer, or skip the test where its package is missing."""
    if find_spec(peer.module) is None:
        pytest.skip(f"{peer.package} is not installed")
    return peer()


@pytest.mark.parametrize("peer", PEERS)
def test_peers_are_classical_and_named(peer: type[Peer]) -> None:
    assert TSP.methods[peer.name] is peer
    assert peer().kind == "classical"
    assert not peer().pure


@pytest.mark.parametrize("peer", PEERS)
def test_missing_peer_is_named_and_skipped(
    peer: type[Peer], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(external, "find_spec", lambda name: None)
    (row,) = compare(SQUARE, [peer.name])
    assert (row["valid"], row["status"], row["runs"]) == (0, None, [])
    assert row["message"].startswith(f"skipped: {peer.package} is not installed (pip install")
    assert main(["solve", "random-5", "--method", peer.name]) == 2
    assert f"{peer.package} is not installed" in capsys.readouterr().err


@pytest.mark.parametrize("peer", PEERS)
def test_peer_finds_short_tours(peer: type[Peer]) -> None:
    solver = installed(peer)
    problem = TSP.load("random-12-3")
    result = minimize(problem, solver, rng=0, time_limit=0.2)
    shortest, _ = held_karp(problem.distances.matrix())
    assert result.success
    assert result.integrator.startswith(f"{peer.package} ")
    assert shortest * (1 - 1e-12) <= result.fun <= 1.3 * shortest


@pytest.mark.parametrize("peer", [p for p in PEERS if not p.symmetric_only])
def test_one_way_streets_are_kept(peer: type[Peer]) -> None:
    solver = installed(peer)
    matrix = np.full((5, 5), 9.0)
    matrix[np.arange(5), (np.arange(5) + 2) % 5] = 1
    result = minimize(TSP.from_matrix(matrix), solver, rng=0, time_limit=0.2)
    assert (result.x, result.fun) == ([0, 2, 4, 1, 3], 5)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("peer", PEERS)
def test_tiny_instances(peer: type[Peer], n: int) -> None:
    solver = installed(peer)
    result = minimize(TSP.load(f"random-{n}"), solver, rng=0, time_limit=0.05)
    assert result.success


@pytest.mark.parametrize("peer", [p for p in PEERS if p.symmetric_only])
def test_what_needs_symmetry_refuses_the_rest(
    peer: type[Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(external, "find_spec", lambda name: "found")
    problem = TSP.from_matrix([[0, 1, 2], [3, 0, 4], [5, 6, 0]])
    assert f"{peer.name} needs symmetric distances" in str(peer().refusal(problem))


@given(
    arrays(float, (4, 4), elements=st.floats(-1e12, 1e12, allow_subnormal=False)),
    st.sampled_from([100, 65_535, 10**7]),
)
@settings(max_examples=50)
def test_scaled_distances_are_off_by_half_a_unit_at_most(matrix: Any, most: int) -> None:
    whole, scale = whole_numbers(matrix, most)
    assert whole.dtype == np.int64
    assert np.abs(whole).max() <= most
    assert np.abs(whole - matrix * scale).max() <= 0.5


@given(arrays(np.int64, (4, 4), elements=st.integers(0, 100)))
def test_whole_numbers_that_fit_stay(matrix: Any) -> None:
    whole, scale = whole_numbers(matrix.astype(float), 100)
    assert scale == 1
    assert np.array_equal(whole, matrix)


def test_result_says_what_it_scaled_and_costs_what_the_problem_costs() -> None:
    fake = Fake()
    result = minimize(TSP.from_matrix(np.array([[0, 5, 9], [5, 0, 2], [9, 2, 0]]) / 7), fake)
    assert result.integrator.endswith(", scaled by 778")
    assert result.fun == pytest.approx(16 / 7)
    assert fake.given[0].max() == 1000
    minimize(SQUARE, fake)
    assert fake.given[0].tolist() == SQUARE.distances.matrix().tolist()


def test_peer_gets_the_time_that_is_left() -> None:
    fake = Fake()
    minimize(SQUARE, fake, time_limit=60)
    assert 0 < fake.given[1] <= 60
    minimize(SQUARE, fake)
    assert 0 < fake.given[1] <= fake.budget(SQUARE)


def test_status_says_whether_the_time_was_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake()
    assert minimize(SQUARE, fake, time_limit=60).status == Status.CONVERGED
    order = fake.order

    def sleep(matrix: Any, rng: Any, watch: Any) -> list[int]:
        time.sleep(watch.left)
        return order(matrix, rng, watch)

    monkeypatch.setattr(fake, "order", sleep)
    assert minimize(SQUARE, fake, time_limit=0.05).status == Status.TIME_LIMIT


@pytest.mark.parametrize("runs", [0, -1, 1.5, True, "2"])
def test_bad_options(runs: Any) -> None:
    with pytest.raises(ValueError, match=r"runs must be a (positive integer|whole number)"):
        Elkai(runs)


def test_too_many_cities_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "find_spec", lambda name: "found")
    assert "at most 5000 cities; got 5001" in str(ORTools().refusal(TSP.load("random-5001")))
    assert FastTSP().refusal(TSP.load("random-5001")) is None
