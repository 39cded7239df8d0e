"""The command as the tests start it, and what they give it."""

from __future__ import annotations

import json
from typing import Any

TRIANGLE = """NAME : three
TYPE : TSP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 3 4
3 3 0
EOF
"""


TOY = ["--problem", "toy:Toy"]


def answer(text: str) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    assert text.count("\n") == 1
    result = json.loads(text, parse_constant=refuse)
    assert isinstance(result, dict)
    return result
