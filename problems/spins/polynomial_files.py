"""Polynomials in files: JSON, or a line a term."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from hopopt.solve import Sense
from problems.shared.text import parsed_json, rows

Terms = Mapping[Any, float] | Iterable[tuple[Iterable[Hashable], float]]
KINDS = {"spin": True, "spins": True, "binary": False, "bits": False}


def read_polynomial(text: str, name: str) -> tuple[Terms, bool, Sense]:
    r"""Read a polynomial; return its terms, whether its variables are spins, and the sense.

    - JSON: ``{"vartype": "BINARY", "sense": "min", "terms": [[["a", "b"], -1.5], [[], 2]]}``; the
      first two may be left out.
    - Text: a line ``VALUE VARIABLE VARIABLE …`` a term; ``#`` begins a comment. A line
      ``p hubo spins`` or ``p hubo bits`` says what the variables are, bits by default, and
      ``max`` behind it that the highest value is the best. Names that are whole numbers are
      numbers.

    Parameters
    ----------
    text : str
    name : str
        Of the file, for messages.

    Raises
    ------
    ValueError
        Where it is something else; the message names the line.

    Examples
    --------
    >>> read_polynomial("p hubo spins\n-1.5 a b 3\n2\n", "toy")
    ([(('a', 'b', 3), -1.5), ((), 2.0)], True, 'min')
    """
    if text.lstrip().startswith("{"):
        return _from_json(text, name)
    terms: list[tuple[tuple[Hashable, ...], float]] = []
    spins, sense = False, "min"
    for k, line in rows(text):
        words = line.split()
        if words[0] == "p":
            spins, sense = _header(words, f"{name}, line {k}")
            continue
        try:
            value = float(words[0])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(
                f"{name}, line {k}: expected a finite number and variables; got {line[:60]!r}"
            )
        terms.append((tuple(int(w) if w.isdecimal() else w for w in words[1:]), value))
    if not terms:
        raise ValueError(f"{name}: expected terms, lines VALUE VARIABLE …; got none")
    return terms, spins, "max" if sense == "max" else "min"


def _header(words: list[str], where: str) -> tuple[bool, str]:
    kind, sense = words[2:3], words[3:4] or ["min"]
    if words[1:2] != ["hubo"] or not set(kind) & set(KINDS) or sense[0] not in ("min", "max"):
        got = " ".join(words)[:60]
        raise ValueError(f"{where}: expected 'p hubo bits' or 'p hubo spins'; got {got!r}")
    return KINDS[kind[0]], sense[0]


def _from_json(text: str, name: str) -> tuple[Terms, bool, Sense]:
    whole = parsed_json(text, name)
    if not isinstance(whole, dict):
        raise ValueError(f"{name}: expected an object of JSON; got {text.strip()[:60]!r}")
    kind, sense = str(whole.get("vartype", "BINARY")).lower(), whole.get("sense", "min")
    terms: Any = whole.get("terms")
    right = kind in KINDS and sense in ("min", "max") and isinstance(terms, list)
    if not right or not all(map(_is_term, terms)):
        raise ValueError(
            f'{name}: expected {{"vartype": "BINARY" or "SPIN", "terms": [[[VARIABLE, …], NUMBER], '
            f"…]}}; got {text.strip()[:60]!r}"
        )
    return [(tuple(key), float(value)) for key, value in terms], KINDS[kind], sense


def _is_term(term: Any) -> bool:
    if not (isinstance(term, list) and len(term) == 2 and isinstance(term[0], list)):
        return False
    number = isinstance(term[1], int | float) and not isinstance(term[1], bool)
    return number and all(isinstance(x, int | str) for x in term[0])
