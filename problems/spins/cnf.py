"""Clauses in DIMACS files, and random ones."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from problems.shared.text import rows

Clause = tuple[int, ...]

MOST_VARIABLES = 10**7
EXACT = 2**53  # up to which whole weights, and their sums, are exact
DRAWN = re.compile(r"(random|planted)([2-9]?)-(\d{1,8})-(\d{1,3}(?:\.\d{1,6})?)(?:-(\d{1,40}))?")
ALL_HOLD = 0.08  # the share of planted clauses all of whose literals hold

BUILT_IN: Mapping[str, str] = {
    "random-N-A": "A·N random clauses of three of N variables; random-N-A-SEED, random2-N-A too",
    "planted-N-A": "the same, with a solution planted without bias; planted-N-A-SEED likewise",
}


class Formula(NamedTuple):
    """Clauses of literals ±1 … ±size, each with a weight, or hard.

    Attributes
    ----------
    clauses : list of tuples of int
    weights : list of float
        What it costs to break each; of hard ones it says nothing.
    hard : list of bool
    size : int
        Number of variables.
    """

    clauses: list[Clause]
    weights: list[float]
    hard: list[bool]
    size: int


def read_cnf(text: str, name: str) -> Formula:
    r"""Read clauses in DIMACS format: CNF, or WCNF as it was until 2021 or is since 2022.

    - CNF: ``p cnf N M``, then M clauses, literals that a 0 ends.
    - WCNF: ``p wcnf N M`` or ``p wcnf N M TOP``; each clause begins with its weight, and is hard
      where that is TOP or more.
    - WCNF of 2022: no line ``p``; a clause begins with ``h``, hard, or its weight.

    Lines ``c …`` are comments, and what follows a line ``%`` is passed over, as in SATLIB's files.

    Parameters
    ----------
    text : str
    name : str
        Of the file, for messages.

    Raises
    ------
    ValueError
        Where the text is something else, or line ``p`` lies; the message names the line.

    Examples
    --------
    >>> read_cnf("c two clauses\np cnf 3 2\n1 -2 0 3\n0\n", "toy").clauses
    [(1, -2), (3,)]
    >>> formula = read_cnf("h 1 2 0\n4 -1 0\n", "toy")
    >>> formula.weights, formula.hard, formula.size
    ([0.0, 4.0], [True, False], 2)
    """
    lines = list(rows(re.split(r"(?m)^\s*%", text, maxsplit=1)[0]))
    if not lines:
        raise ValueError(f"{name}: expected clauses in DIMACS format; got none")
    header = None
    if lines[0][1].startswith("p"):
        header = _header(lines[0][1].split(), f"{name}, line {lines[0][0]}")
        lines = lines[1:]
    weighted = header is None or header.weighted
    clauses, weights, hard = [], [], []
    for where, words in _ended(lines, name, weighted):
        weight, whole = 1.0, False
        if weighted:
            weight, whole = _weight(words[0], None if header is None else header.top, where)
        clauses.append(_clause(words[weighted:], None if header is None else header.size, where))
        weights.append(weight)
        hard.append(whole)
    if header is not None and len(clauses) != header.clauses:
        raise ValueError(f"{name}: expected {header.clauses} clauses; got {len(clauses)}")
    largest = max((abs(x) for clause in clauses for x in clause), default=0)
    size = largest if header is None else header.size
    if not size:
        raise ValueError(f"{name}: expected at least one variable; got none")
    return Formula(clauses, weights, hard, size)


class _Header(NamedTuple):
    weighted: bool
    size: int
    clauses: int
    top: int | None


def _header(words: list[str], where: str) -> _Header:
    numbers = [int(word) for word in words[2:] if word.isdecimal()]
    kind = words[1:2]
    right = (kind == ["cnf"] and len(numbers) == 2) or (kind == ["wcnf"] and len(numbers) in (2, 3))
    if words[0] != "p" or not right or len(words) != 2 + len(numbers):
        got = " ".join(words)[:60]
        raise ValueError(f"{where}: expected 'p cnf N M' or 'p wcnf N M TOP'; got {got!r}")
    if numbers[0] > MOST_VARIABLES:
        raise ValueError(f"{where}: expected at most {MOST_VARIABLES} variables; got {numbers[0]}")
    top = numbers[2] if len(numbers) == 3 else None
    return _Header(kind == ["wcnf"], numbers[0], numbers[1], top)


def _ended(
    lines: list[tuple[int, str]], name: str, weighted: bool
) -> Iterator[tuple[str, list[str]]]:
    """Yield the words before each 0 that is no weight, and the line where they begin."""
    words: list[str] = []
    begin = 0
    for k, line in lines:
        for word in line.split():
            begin = begin if words else k
            if word == "0" and (words or not weighted):
                yield f"{name}, line {begin}", words
                words = []
            else:
                words.append(word)
    if words:
        raise ValueError(f"{name}, line {begin}: expected a 0 that ends the clause; got none")


def _weight(word: str, top: int | None, where: str) -> tuple[float, bool]:
    """Return a clause's weight, and whether it is hard."""
    if word == "h" and top is None:
        return 0.0, True
    exact = int(word) if word.isdecimal() else 0
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if top is not None and exact >= top:
        return 0.0, True
    if not 0 <= value <= EXACT:
        kinds = "h or a weight" if top is None else "a weight"
        raise ValueError(f"{where}: expected {kinds}, 0 … 2^53; got {word!r}")
    return value, False


def _clause(words: list[str], size: int | None, where: str) -> Clause:
    try:
        literals = tuple(map(int, words))
    except ValueError:
        raise ValueError(f"{where}: expected literals; got {' '.join(words)[:60]!r}") from None
    most = MOST_VARIABLES if size is None else size
    for literal in literals:
        if not 0 < abs(literal) <= most:
            raise ValueError(f"{where}: expected literals ±1 … ±{most}; got {literal}")
    return literals


def drawn(source: str) -> tuple[Formula, bool] | None:
    """Return the random clauses of that name, and whether a solution is planted; None for others.

    Examples
    --------
    >>> formula, planted = drawn("random-20-4.2-7")
    >>> len(formula.clauses), planted
    (84, False)
    """
    match = DRAWN.fullmatch(source)
    if match is None:
        return None
    kind, k, n, ratio = match[1], int(match[2] or 3), int(match[3]), float(match[4])
    count = round(ratio * n)
    if kind == "planted" and k != 3:
        raise ValueError(f"planted-N-A: expected clauses of 3 literals; got {k}")
    if n < k or not 1 <= count <= MOST_VARIABLES:
        raise ValueError(f"{kind}-N-A: expected N of {k} or more and clauses; got {source!r}")
    rng = np.random.default_rng(int(match[5] or 0))
    variables = distinct(n, count, k, rng)
    signs = rng.choice([-1, 1], variables.shape)
    if kind == "planted":
        signs = planted_signs(count, rng) * rng.choice([-1, 1], n)[variables]
    clauses = list(map(tuple, ((variables + 1) * signs).tolist()))
    return Formula(clauses, [1.0] * count, [False] * count, n), kind == "planted"


def distinct(n: int, count: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """Return so many rows of k different numbers below n."""
    picked = rng.integers(n, size=(count, k))
    while True:
        ordered = np.sort(picked, axis=1)
        twice = np.any(ordered[:, 1:] == ordered[:, :-1], axis=1)
        if not twice.any():
            return picked
        picked[twice] = rng.integers(n, size=(int(twice.sum()), k))


def planted_signs(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return which literals of each of three agree with the solution, as signs, shape (M, 3).

    A share of .08 has none that disagrees; the shares of one and of two are such that no literal
    tells, on average, what the solution is (Barthel et al. 2002).
    """
    shares = [ALL_HOLD, (1 - 4 * ALL_HOLD) / 2, (1 + 2 * ALL_HOLD) / 2]
    wrong = rng.choice(3, count, p=shares)
    rank = rng.random((count, 3)).argsort(axis=1)
    return np.where(rank < wrong[:, None], -1, 1)
