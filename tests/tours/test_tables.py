"""Tables of points and distances, and what a command makes of files of every dialect."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from hopopt.app.cli import main
from problems import TSP
from problems.tours.tables import read_table

SQUARE = [[0, 0], [3, 0], [3, 4], [0, 4]]
NAMES = ["A", "B", "C", "D"]
POINTS = {
    "names first": "name,x,y\nA,0,0\nB,3,0\nC,3,4\nD,0,4\n",
    "names last": "X,Y,country,name\n0,0,k,A\n3,0,k,B\n3,4,k,C\n0,4,k,D\n",
    "tabs": "name\tx\ty\nA\t0\t0\nB\t3\t0\nC\t3\t4\nD\t0\t4\n",
    "semicolons": "name;x;y\nA;0,0;0\nB;3,0;0\nC;3;4\nD;0;4,0\n",
    "no header": "A,0,0\nB,3,0\nC,3,4\nD,0,4\n",
    "comments, blanks, quotes": '# of a tool\n"name", x, y\n\n"A", 0, 0\nB,3,0\nC,3,4\nD,0,4\n',
    "space": "city,z,y,x\nA,0,0,0\nB,0,0,3\nC,0,4,3\nD,0,4,0\n",
}


@pytest.mark.parametrize("habit", POINTS)
def test_tables_of_points_are_read(habit: str) -> None:
    table = read_table(POINTS[habit], "cities")
    assert list(table.labels) == NAMES
    assert table.points.tolist() == SQUARE
    assert table.distances.tour_length(range(4)) == 14


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("x,y\n0,0\n3,0\n3,4\n0,4\n", [0, 1, 2, 3]),
        ("0,0\n3,0\n3,4\n0,4\n", [0, 1, 2, 3]),
        ("1,0,0\n2,3,0\n3,3,4\n4,0,4\n", [0, 1, 2, 3]),
        ("id,x,y\n7,0,0\n8,3,0\n9,3,4\n5,0,4\n", [7, 8, 9, 5]),
    ],
)
def test_cities_without_names_are_numbered(text: str, labels: list[int]) -> None:
    table = read_table(text, "cities")
    assert list(table.labels) in (labels, [k + 1 for k in labels])
    assert table.points.tolist() == SQUARE


def test_latitudes_are_on_a_globe() -> None:
    table = read_table("name,lon,lat\nParis,2.35,48.86\nLondon,-0.13,51.51\n", "two")
    assert table.geographic
    assert table.points.tolist() == [[2.35, 48.86], [-0.13, 51.51]]
    assert 340 < float(table.distances(0, 1)) < 348


@pytest.mark.parametrize(
    "text",
    [
        ",A,B,C\nA,0,1,2\nB,3,0,4\nC,5,6,0\n",
        "A,B,C\nA,0,1,2\nB,3,0,4\nC,5,6,0\n",
        "\tC\tB\tA\nA\t2\t1\t\nB\t4\t\t3\nC\t\t6\t5\n",
    ],
)
def test_tables_of_distances_are_read(text: str) -> None:
    table = read_table(text, "roads")
    assert table.labels == ["A", "B", "C"]
    assert table.distances.matrix().tolist() == [[0, 1, 2], [3, 0, 4], [5, 6, 0]]
    bare = read_table("0,1,2\n3,0,4\n5,6,0\n", "roads")
    assert (bare.distances.matrix() == table.distances.matrix()).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n", "no rows"),
        ("x,y\n1,2\n3\n", "row 2: expected 2 cells; got 1"),
        ("x,y\n1,2\n3,four\n", "row 2: expected a number; got 'four'"),
        ("x,,y\n1,2\n", "row 1: expected 3 cells; got 2"),
        ("x,y\n1,2\n3,\n", "an empty cell"),
        ("name,length\nA,2\n", "expected columns x and y"),
        ("1,2,3,4\n5,6,7,8\n", "2 or 3 coordinates; got 4"),
        ("nan,1\n2,3\n4,5\n", "got 1 after 'nan', which is no number"),
        ("lat,lon\n100,0\n0,0\n", "latitude"),
        ("A,B\nA,0,1\nC,1,0\n", "expected columns x and y"),
    ],
)
def test_what_is_no_table_is_refused_by_its_row(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_table(text, "cities")


TSPLIB = """NAME : square
TYPE : TSP
COMMENT : Köln
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 3 0
3 3 4
4 0 4
"""


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.tsp.gz", gzip.compress(TSPLIB.encode(), mtime=0)),
        ("a.tsp.bz2", bz2.compress(TSPLIB.encode())),
        ("a.tsp.xz", lzma.compress(TSPLIB.encode())),
        ("a.tsp", TSPLIB.encode("utf-16")),
        ("a.tsp", TSPLIB.encode("utf-32")),
        ("a.tsp", TSPLIB.encode("utf-8-sig")),
        ("a.tsp", TSPLIB.encode("latin-1")),
        ("a.csv", POINTS["names first"].encode("utf-16")),
        ("a.csv.gz", gzip.compress(POINTS["names first"].encode(), mtime=0)),
    ],
)
def test_files_are_unpacked_and_decoded(
    name: str, data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(data)
    assert main(["solve", str(tmp_path / name), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cost"] == 14
    if not name.endswith(("bz2", "xz")):
        problem = TSP.load("a", tmp_path)
        assert problem.cost(problem.labels) == 14


def test_matrices_of_matrix_market_are_distances(tmp_path: Path) -> None:
    text = "%%MatrixMarket matrix coordinate real general\n3 3 4\n1 2 5\n2 3 1\n3 1 2\n2 1 9\n"
    (tmp_path / "a.mtx").write_text(text, encoding="utf-8")
    problem = TSP.load("a", tmp_path)
    assert problem.cost([1, 2, 3]) == 8
    assert not problem.feasible([1, 3, 2])


@pytest.mark.parametrize(
    "data", [gzip.compress(b"a" * 99, mtime=0)[:-9], b"BZh9junk", b"\x1f\x8bjunk"]
)
def test_damaged_packages_are_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.tsp.gz").write_bytes(data)
    with pytest.raises(ValueError, match=r"a\.tsp\.gz: expected a packed file that is whole"):
        TSP.load(str(tmp_path / "a.tsp.gz"))


def test_notes_of_readers_are_told_on_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.tsp"
    path.write_text(TSPLIB.replace("DIM", "BEST_KNOWN : 14\nDIM"), encoding="utf-8")
    assert main(["solve", str(path), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["cost"] == 14
    assert "note: " in err
    assert "BEST_KNOWN is not known" in err


def test_name_without_suffix_gets_the_hint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "G1").write_text("4 4\n1 2 1\n2 3 1\n3 4 1\n4 1 1\n", encoding="utf-8")
    assert main(["solve", str(tmp_path / "G1")]) == 2
    assert "read as tsp; --problem names another" in capsys.readouterr().err


def test_latin_1_names_come_out_whole(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("name,x,y\nKöln,0,0\nBonn,3,4\n".encode("latin-1"))
    problem = TSP.load(str(tmp_path / "a.csv"))
    assert list(problem.labels) == ["Köln", "Bonn"]
    assert np.isclose(problem.cost(["Köln", "Bonn"]), 10)
