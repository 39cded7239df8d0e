"""Every dialect of quadratic forms and of graphs, a file each, read back."""

from __future__ import annotations

import gzip
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hopopt.app.cli import main
from problems import QUBO, Ising, MaxCut
from problems.shared.dimacs import read_graph
from problems.shared.text import decoded
from problems.spins.independent_set import IndependentSet
from problems.spins.quadratic_files import read_quadratic

ENTRIES = "1 1 5\n2 2 3\n3 3 1\n1 2 -6\n2 3 -1\n"
"""Of the symmetric matrix [5 −6 0; −6 3 −1; 0 −1 1]."""

QPLIB = """! of a library
tiny            # name
QBN
maximize
3               # variables
3               # terms
1 1 10
2 1 -12
3 2 -2
1.0             # default of the linear part
1
2 3.0
0.5             # constant
1e20
0.0
0
0.0
0
0
0
"""

FORMS = {
    "qbsolv": (
        "a.qubo",
        "c---- attached\np qubo 0 3 3 2\n0 0 5\n1 1 3\n2 2 1\n# a remark\n0 1 -12\n1 2 -2\n",
        "min",
    ),
    "Biq Mac": ("a.sparse", f"# of a library\n3 5\n{ENTRIES}", "min"),
    "MQLib": ("a.txt", f"# of a library\n3 5\n{ENTRIES}", "max"),
    "OR-Library": ("a.txt", f"1\n 3 5\n{ENTRIES}", "max"),
    "both halves": ("a.sparse", f"3 7\n{ENTRIES}2 1 -6\n3 2 -1\n", "min"),
    "COO": ("a.coo", "# vartype=BINARY\n0 0 5\n1 1 3\n2 2 1\n0 1 -12\n1 2 -2\n", "min"),
    "bare COO": ("a.coo", "0 0 5.0\n1 1 3.0\n2 2 1.0\n0 1 -12.0\n1 2 -2.0\n", "min"),
    "MatrixMarket": (
        "a.mtx",
        "%%MatrixMarket matrix coordinate real symmetric\n% a remark\n3 3 5\n"
        "1 1 5\n2 2 3\n3 3 1\n2 1 -6\n3 2 -1\n",
        "min",
    ),
    "MatrixMarket, general": (
        "a.mtx",
        "%%MatrixMarket matrix coordinate real general\n3 3 7\n1 1 5\n2 2 3\n3 3 1\n2 1 -6\n"
        "1 2 -6\n3 2 -1\n2 3 -1\n",
        "min",
    ),
    "dense symmetric MatrixMarket": (
        "a.mtx",
        "%%MatrixMarket matrix array real symmetric\n3 3\n5\n-6\n0\n3\n-1\n1\n",
        "min",
    ),
    "dense MatrixMarket": (
        "a.mtx",
        "%%MatrixMarket matrix array integer general\n3 3\n5\n-6\n0\n-6\n3\n-1\n0\n-1\n1\n",
        "min",
    ),
}


def bits(n: int) -> Any:
    return np.array(list(product((0, 1), repeat=n)))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_every_dialect_is_the_same_form(form: str, packed: bool, tmp_path: Path) -> None:
    name, text, sense = FORMS[form]
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode("utf-16"))
    problem = QUBO.load(str(path))
    Q = np.array([[5, -6, 0], [-6, 3, -1], [0, -1, 1]])
    assert [problem.cost(x) for x in bits(3)] == [x @ Q @ x for x in bits(3)]
    assert problem.sense == sense
    assert QUBO.load(str(path), sense="max").sense == "max"


def test_qplib_halves_its_squares(tmp_path: Path) -> None:
    (tmp_path / "a.qplib").write_text(QPLIB, encoding="utf-8")
    problem = QUBO.load("a", tmp_path)
    expected = [5 * a - 12 * a * b - 2 * b * c + a + 3 * b + c + 0.5 for a, b, c in bits(3)]
    assert [problem.cost(x) for x in bits(3)] == expected
    assert problem.sense == "max"


def test_coo_of_spins_is_dimods(tmp_path: Path) -> None:
    (tmp_path / "a.coo").write_text("# vartype=SPIN\n0 0 1\n0 1 -2\n1 1 .5\n", encoding="utf-8")
    problem = QUBO.load("a", tmp_path)
    spins = 2 * bits(2) - 1
    expected = [a - 2 * a * b + b / 2 for a, b in spins]
    assert [problem.cost(x) for x in bits(2)] == expected
    ising = Ising.load("a", tmp_path)
    assert [ising.cost(s) for s in spins] == expected


def test_or_library_holds_several_forms(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("2\n2 1\n1 1 4\n3 2\n1 2 3\n2 2 7\n", encoding="utf-8")
    assert QUBO.load("a", tmp_path).size == 2
    second = QUBO.load("a", tmp_path, number=2)
    assert (second.size, second.cost([1, 1, 0])) == (3, 13)
    with pytest.raises(ValueError, match="expected number in 1 … 2, its forms; got 3"):
        QUBO.load("a", tmp_path, number=3)


def test_best_value_of_the_other_sense_is_no_optimum(tmp_path: Path) -> None:
    name, text, _ = FORMS["qbsolv"]
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "best_known.json").write_text('{"a": 6}', encoding="utf-8")
    assert QUBO.load("a", tmp_path).optimum is None
    assert QUBO.load("a", tmp_path, sense="max").optimum == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3 5\n1 1 5\n", "expected the numbers of variables and entries; got '3 5' before 1"),
        ("3 1\n1 4 5\n", "line 2: expected two nodes in 1 … 3"),
        ("# vartype=SPIN\n0 0\n", "line 2: expected 3 finite numbers"),
        ("0 -1 3\n", "line 1: expected variables in 0"),
        (QPLIB.replace("QBN", "QBL"), "expected QPLIB's class QBN"),
        (QPLIB.replace("maximize", "best"), "expected minimize or maximize"),
        (QPLIB.replace("2 3.0\n", "9 3.0\n"), "expected a variable in 1 … 3; got 9"),
        (QPLIB[: QPLIB.index("3 2")], "expected 3 words of QPLIB"),
        ("%%MatrixMarket matrix coordinate real general\n2 3 1\n1 1 1\n", "square matrix"),
        ("%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1\n", "got '3 1 1'"),
        ("%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 2\n", "real numbers"),
        (
            "%%MatrixMarket matrix coordinate real general\n99999999 99999999 0\n",
            "at most 10000000 rows",
        ),
        ("3\n2 1\n1 1 4\n", "expected number in|expected 3 forms"),
    ],
)
def test_damaged_forms_are_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_quadratic(text, "form", number=3 if text.startswith("3\n") else 1)


PATH = [(0, 1), (1, 2), (2, 3)]


def packed_graph(n: int, edges: list[tuple[int, int]]) -> bytes:
    """Return a graph in DIMACS' binary form, as its asc2bin writes it."""
    header = f"c a path\np col {n} {len(edges)}\n".encode()
    bits = bytearray()
    for i in range(n):
        row = bytearray(i // 8 + 1)
        for a, b in edges:
            if max(a, b) == i:
                row[min(a, b) // 8] |= 128 >> (min(a, b) % 8)
        bits += row
    return f"{len(header)}\n".encode() + header + bytes(bits)


GRAPHS = {
    "DIMACS": (b"c of a tool\np edge 4 3\nn 1 5\ne 1 2\ne 2 3\ne 3 4\n", 1),
    "binary DIMACS": (packed_graph(4, PATH), 1),
    "a list from 1": (b"1 2\n2 3\n3 4\n", 1),
    "a list from 0": (b"# of networkx\n0 1\n1 2\n2 3\n", 0),
    "rudy": (b"# remark\n4 3\n1 2 1\n2 3 1\n3 4 1\n", 1),
    "rudy from 0": (b"4 3\n0 1\n1 2\n2 3\n", 0),
    "MatrixMarket": (
        b"%%MatrixMarket matrix coordinate pattern symmetric\n4 4 3\n2 1\n3 2\n4 3\n",
        1,
    ),
}


@pytest.mark.parametrize("form", GRAPHS)
def test_every_dialect_is_the_same_graph(form: str) -> None:
    data, first = GRAPHS[form]
    graph = read_graph(decoded(data, "graph"), "graph")
    assert graph.size == 4
    assert sorted(zip(*(end.tolist() for end in graph.ends), strict=True)) == PATH
    assert list(graph.labels) == list(range(first, first + 4))


def test_larger_binary_graphs_are_read() -> None:
    rng = np.random.default_rng(0)
    edges = [(a, b) for a in range(20) for b in range(a) if rng.random() < 0.5]
    graph = read_graph(decoded(packed_graph(20, edges), "graph"), "graph")
    found = zip(*(end.tolist() for end in graph.ends), strict=True)
    assert sorted(found) == sorted((b, a) for a, b in edges)
    with pytest.raises(ValueError, match="triangle of bits"):
        decoded(packed_graph(20, edges)[:-1], "graph")


def test_sparse_numbers_are_names() -> None:
    graph = read_graph("1 2\n2 10000001\n", "graph")
    assert (graph.size, list(graph.labels)) == (3, [1, 2, 10000001])
    assert read_graph("1 2\n2 4\n", "graph").size == 4
    assert read_graph("1 2 .5\n2 3 -1.5\n", "graph").weights.tolist() == [0.5, -1.5]


def test_solutions_name_the_nodes_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.clq.b").write_bytes(packed_graph(4, PATH))
    assert IndependentSet.load("a.clq.b", tmp_path).size == 4
    (tmp_path / "zero.txt").write_bytes(GRAPHS["a list from 0"][0])
    assert list(IndependentSet.load("zero", tmp_path).labels) == [0, 1, 2, 3]
    (tmp_path / "cut.mtx").write_bytes(GRAPHS["MatrixMarket"][0])
    assert MaxCut.load("cut", tmp_path).cost([1, 3]) == 3


def test_command_knows_the_files_by_their_endings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"a.sparse": FORMS["Biq Mac"][1], "b.qplib": QPLIB, "c.mc": "2 1\n1 2\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert main(["solve", str(tmp_path / name), "--time-limit", ".05", "--json"]) == 0
    assert capsys.readouterr().out.count('"valid": true') == 3
