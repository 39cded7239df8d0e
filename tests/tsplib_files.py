"""Small TSPLIB files as text, and instances that are the same."""

from __future__ import annotations

import io

from problems.tours.tsplib import read_tsplib, write_tsplib

SQUARE = """NAME : square
COMMENT : four corners
TYPE : TSP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 0 10
3 10 10
4 10 0
EOF
"""


MATRIX = """NAME : three
TYPE : TSP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : UPPER_ROW
EDGE_WEIGHT_SECTION
1 2
3
EOF
"""


TOUR = "NAME : t\nTYPE : TOUR\nDIMENSION : 4\nTOUR_SECTION\n1 3\n2 4\n-1\nEOF\n"


def read(text):
    return read_tsplib(io.StringIO(text))


def written(problem, **options):
    file = io.StringIO()
    write_tsplib(problem, file, **options)
    return file.getvalue()


def same(one, other):
    assert (one.name, one.kind, one.comment) == (other.name, other.kind, other.comment)
    assert one.display == other.display
    assert one.edge_weight_type == other.edge_weight_type
    assert (one.points is None) == (other.points is None)
    assert one.points is None or (one.points == other.points).all()
    assert (one.distances.matrix() == other.distances.matrix()).all()
    assert one.distances.symmetric == other.distances.symmetric
