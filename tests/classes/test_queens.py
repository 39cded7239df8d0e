from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import problems
from hopopt import minimize
from problems import Queens
from problems.classes.queens_methods import attacks, diagonals, move_queen


@pytest.mark.parametrize("n", [1, 4, 5, 6, 7, 8, 9, 10, 16, 31, 64])
def test_boards_are_solved_by_every_seed(n: int) -> None:
    for seed in range(5):
        result = minimize(Queens(n), rng=seed)
        x = np.array(result.x)
        rows = np.arange(n)
        assert len(set(x)) == len(set(x + rows)) == len(set(x - rows)) == n
        assert (result.success, result.fun) == (True, 0)


@pytest.mark.parametrize("n", [1, 4, 6, 10])
def test_boards_are_solved_by_a_network_alone(n: int) -> None:
    problem = Queens(n)
    result = minimize(problem, pure=True, rng=0)
    assert (result.method, result.integrator, result.kind) == ("boltzmann", "exchanges", "pure")
    assert (result.success, result.x) == (True, problem.decode(result.output))


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 9))
def test_energy_counts_the_attacks(seed: int, n: int) -> None:
    p = np.random.default_rng(seed).permutation(n)
    assert float(diagonals(n).value(np.eye(n)[p])) == Queens(n).cost(p.tolist())


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 12))
def test_fields_follow_the_moves(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    board = rng.integers(n, size=n)
    fields = np.zeros((n, n), dtype=np.float32)
    for row in range(n):
        for col in range(n):
            fields[col, row] = sum(
                board[r] == col or abs(board[r] - col) == abs(r - row) for r in range(n) if r != row
            )
    found = attacks(board)
    assert_array_equal(found, fields)
    row, new = int(rng.integers(n)), int(rng.integers(n))
    move_queen(found, row, int(board[row]), new)
    board[row] = new
    assert_array_equal(found, attacks(board))


@pytest.mark.parametrize("n", [2, 3])
def test_boards_without_a_solution_say_what_is_broken(n: int) -> None:
    result = minimize(Queens(n), rng=0, time_limit=0.2)
    assert not result.success
    assert "at peace" in result.violations[0].constraint
    with pytest.raises(ValueError, match=f"no placement of {n} queens"):
        problems.queens(n, time_limit=0.1)


def test_bad_input() -> None:
    for n in (0, -1, 2.5, True, 10**6):
        with pytest.raises(ValueError, match="n must be an integer"):
            Queens(n)
    with pytest.raises(ValueError, match="size of a board"):
        Queens.load("eight")
    assert Queens(4).violations([0, 1])[0].constraint == "one queen a row"
    assert "is on the board" in Queens(4).violations([0, 1, 2, 9])[0].constraint
