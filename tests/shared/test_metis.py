"""METIS' files: graphs in, classes out, what lies refused."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from hopopt import minimize
from problems import Coloring, Partition
from problems.classes.exchanges import evened
from problems.classes.peers import Kahip
from problems.shared.metis import read_metis

PAPER = "% of METIS' manual\n7 11 001\n5 1 3 2 2 1\n1 1 3 2 4 1\n5 3 4 2 2 2 1 2\n2 1 3 2 6 2 7 5\n\
1 1 3 3 6 2\n5 2 4 2 7 6\n6 6 4 5\n"


def test_the_manual_s_graph(tmp_path: Path) -> None:
    file = tmp_path / "paper.graph"
    file.write_text(PAPER)
    problem = Partition.load(str(file))
    assert (problem.size, problem.adjacency.nnz, problem.adjacency[3, 6]) == (7, 22, 5)
    assert Coloring.load(str(file)).size == 7
    alike = PAPER.replace("001", "011 1").replace("\n5 1 3", "\n4 5 1 3", 1)
    with pytest.raises(ValueError, match="nodes of one weight"):
        read_metis(alike, "alike")


def test_formats() -> None:
    assert read_metis("2 1\n2\n1\n", "pair").weights.tolist() == [1]
    assert read_metis("3 1 10\n4 2\n4 1\n4\n", "weights").size == 3
    size, ends, _, labels = read_metis("3 1\n\n3\n2\n", "alone")
    assert (size, [e.tolist() for e in ends], list(labels)) == (3, [[1], [2]], [1, 2, 3])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got an empty file"),
        ("2\n", "expected 'nodes edges"),
        ("2.5 1\n", "expected nodes, edges and a format"),
        ("2 1 7\n2\n1\n", "expected nodes, edges and a format"),
        ("2 1 11 0x1\n1 2 1\n1 1 1\n", "expected nodes, edges and a format"),
        ("2 2\n2\n1\n", "expected 2 edges; got 1"),
        ("2 1\n2\n\n", "both of its ends"),
        ("2 1 1\n2 3\n1 4\n", "both of its ends"),
        ("2 1\n3\n1\n", "line 2: expected other nodes of 1 … 2; got 3"),
        ("2 1\n1\n1\n", r"line 2: .* got a self-loop, which the format does not have"),
        ("2 1 1\n2\n1\n", "a weight after each neighbour"),
        ("3 1\n2\n", "a line for each of 3 nodes"),
        ("2 1\nx\n1\n", "line 2: expected 1 finite numbers"),
    ],
)
def test_files_that_lie(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_metis(text, "odd")


def test_classes_go_out_and_come_back(tmp_path: Path) -> None:
    problem = Partition.from_graph(nx.path_graph("abcd"))
    x = {"a": 0, "b": 0, "c": 1, "d": 1}
    for name in ("path.graph.part.2", "path.json"):
        problem.write(x, tmp_path / name)
        assert problem.adopt(problem.read(tmp_path / name)) == x
    assert (tmp_path / "path.graph.part.2").read_text() == "0\n0\n1\n1\n"
    (tmp_path / "short.part").write_text("0\n1\n")
    with pytest.raises(ValueError, match="expected 4 finite numbers"):
        problem.read(tmp_path / "short.part")


def test_evened_classes_are_even() -> None:
    problem = Partition.from_graph(nx.grid_2d_graph(6, 5), parts=4)
    classes = evened(problem.adjacency, np.zeros(30, dtype=np.intp), 4)
    assert sorted(np.bincount(classes).tolist()) == [7, 7, 8, 8]


@pytest.mark.parametrize(("method", "package"), [("metis", "pymetis"), ("kahip", "kahip")])
def test_other_packages(method: str, package: str) -> None:
    pytest.importorskip(package)
    for parts in (2, 3):
        problem = Partition.from_graph(nx.grid_2d_graph(7, 6), parts=parts)
        found = minimize(problem, method, rng=0, time_limit=0.05)
        assert (found.success, found.kind) == (True, "classical")
        assert found.fun == problem.cost(found.x)


def test_modes_of_kahip() -> None:
    with pytest.raises(ValueError, match=r"mode must be one of fast, eco, .*; got 'slow'"):
        Kahip("slow")
