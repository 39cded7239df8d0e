"""Tabu search, the loop, on moves that are seen through: bits with a table of energies."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hopopt.search import TabuSearch

SEEDS = st.integers(0, 2**32 - 1)


class Bits:
    """Flips of n bits, whose energies are a table of 2ⁿ numbers; a flip is tabu for `tenure`."""

    def __init__(self, table: np.ndarray, first: np.ndarray, tenure: float) -> None:
        self.table, self.tenure = table, tenure
        self.state, self.most = first.copy(), first.shape[1]
        self.value = self.energy(first)
        self.until = np.zeros(first.shape)
        self.made: list[list[int]] = []

    def energy(self, bits: np.ndarray) -> np.ndarray:
        return self.table[bits @ (1 << np.arange(bits.shape[-1]))]

    def rises(self) -> np.ndarray:
        flipped = self.state[:, None, :] ^ np.eye(self.most, dtype=int)
        return self.energy(flipped) - self.value[:, None]

    def tabu(self, step: int) -> np.ndarray:
        return self.until > step

    def tenures(self, z: np.ndarray) -> np.ndarray:
        return np.full(z.shape, self.tenure)

    def make(self, chosen: np.ndarray, step: int, tenure: np.ndarray) -> None:
        here = np.arange(len(self.state)), chosen
        self.state[here] ^= 1
        self.value = self.energy(self.state)
        self.until[here] = step + tenure[0]
        self.made.append(chosen.tolist())

    def admits(self) -> np.ndarray:
        return np.ones(len(self.state), dtype=bool)


def bits(seed: int, n: int = 5, replicas: int = 3, tenure: float = 3.0) -> Bits:
    rng = np.random.default_rng(seed)
    table = rng.permutation(2**n).astype(float)
    return Bits(table, rng.integers(2, size=(replicas, n)), tenure)


@given(seed=SEEDS, tenure=st.floats(0, 4))
def test_each_step_makes_the_best_move_that_may_be_made(seed: int, tenure: float) -> None:
    moves = bits(seed, tenure=tenure)
    search = TabuSearch(moves, np.random.default_rng(seed))
    lowest, until = moves.value.copy(), np.zeros(moves.state.shape)
    for step in range(1, 30):
        state, rise = moves.state.copy(), moves.rises()
        search.run(1)
        for b, chosen in enumerate(moves.made[-1]):
            free = (until[b] <= step) | (rise[b] + moves.energy(state[b]) < lowest[b])
            allowed = np.flatnonzero(free)
            assert chosen == (allowed[rise[b, allowed].argmin()] if len(allowed) else 0)
            until[b, chosen] = step + tenure
        lowest = np.minimum(lowest, moves.value)
        assert np.array_equal(search.best_value, lowest)
        assert np.array_equal(moves.energy(search.best), lowest)
    assert search.step == 29


def test_a_tabu_move_is_made_where_it_leads_lower_than_ever() -> None:
    table = np.array([5.0, 1.0, 4.0, 0.0])
    for tenure, made in ((10.0, [[0], [1]]), (0.0, [[0], [1]])):
        moves = Bits(table, np.array([[0, 0]]), tenure)
        TabuSearch(moves, np.random.default_rng(0)).run(2)
        assert moves.made == made
    moves = Bits(np.array([3.0, 1.0, 0.0, 2.0]), np.array([[0, 0]]), 10.0)
    moves.until[0, 1] = 99
    TabuSearch(moves, np.random.default_rng(0)).run(1)
    assert moves.made == [[1]]
    moves = Bits(np.array([3.0, 1.0, 0.0, 2.0]), np.array([[0, 0]]), 10.0)
    moves.until[0, 1] = 99
    TabuSearch(moves, np.random.default_rng(0), least=5.0).run(1)
    assert moves.made == [[0]]


def test_a_run_ends_at_the_target_and_where_no_move_is_left() -> None:
    moves = bits(1, n=4)
    search = TabuSearch(moves, np.random.default_rng(0))
    assert search.run(1000, 0.0)
    assert search.best_value.min() == 0
    steps = search.step
    assert search.run(10, 0.0)
    assert search.step == steps
    assert not search.run(10, -1.0)
    assert search.step == steps + 10
    moves.rises = lambda: np.zeros((3, 0))  # type: ignore[method-assign]
    assert not search.run(10)
    assert search.step == steps + 10


def test_a_replica_may_begin_again() -> None:
    moves = bits(2)
    search = TabuSearch(moves, np.random.default_rng(0), np.full((3, 1), 0.1))
    search.run(20)
    others = search.best_value[[0, 2]].copy()
    moves.state[1] = 0
    moves.value = moves.energy(moves.state)
    search.begin(np.array([1]), 0.2)
    assert search.best_value[1] == moves.table[0]
    assert search.since[1] == 0
    assert np.array_equal(search.best_value[[0, 2]], others)


@given(seed=SEEDS)
def test_the_same_seed_makes_the_same_moves(seed: int) -> None:
    runs = []
    for _ in range(2):
        moves = bits(seed)
        TabuSearch(moves, np.random.default_rng(seed), 2.5).run(25)
        runs.append(moves.made)
    assert runs[0] == runs[1]
