"""TSPLIB's text: keywords with values, and sections of numbers, with faults told by name."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import filterfalse
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from problems.shared.text import FileNote, content, decoded, rows, split_name
from problems.tours.unsupported import pointer

Floats = NDArray[np.float64]
Source = str | os.PathLike[str] | IO[str]

EARLY_KEYWORDS = ("NAME", "TYPE", "COMMENT", "DIMENSION")
KEYWORDS = (
    *EARLY_KEYWORDS,
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "NODE_COORD_TYPE",
    "DISPLAY_DATA_TYPE",
    "EDGE_DATA_FORMAT",
)
_LINE = re.compile(r"([A-Za-z]\w*)\s*(:?)\s*(.*)", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = ("NAN", "INF", "INFINITY")


class TSPLIBError(ValueError):
    """A file that is not TSPLIB, is damaged, or asks for what cannot be carried.

    Examples
    --------
    >>> from io import StringIO
    >>> from problems.tours import read_tsplib
    >>> read_tsplib(StringIO("TYPE : RIDDLE"))
    Traceback (most recent call last):
    problems.tours.tsplib.sections.TSPLIBError: <text>: TYPE: expected TSP or ATSP or ...
    """


@dataclass(frozen=True)
class File:
    """A file's header and sections, as text; its methods read them, or raise the file's faults.

    Attributes
    ----------
    label, stem : str
        What messages call it, and its name without folder and suffix.
    header : dict
        Values by keyword.
    sections : dict
        Tokens by the name of the section.
    """

    label: str
    stem: str
    header: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[str]] = field(default_factory=dict)

    def fault(self, message: str) -> TSPLIBError:
        """Return the error that says what is wrong with the file."""
        return TSPLIBError(f"{self.label}: {message}")

    def refuse_others(self, keywords: Sequence[str], sections: Sequence[str]) -> None:
        """Raise where the file has other sections than these, or keywords that put constraints.

        Other keywords are passed over, with a `FileNote`.
        """
        known = (*keywords, *sections)
        for word in [*self.sections, *self.header]:
            if word not in known and (word in self.sections or word in KEYWORDS or pointer(word)):
                message = f"{word} cannot be carried: expected only {', '.join(known)}"
                raise self.fault(message + _hint(word))
        for word in self.header:
            if word not in known:
                self.note(f"the keyword {word} is not known and was passed over")

    def note(self, message: str) -> None:
        """Tell what was passed over."""
        warnings.warn(FileNote(f"{self.label}: {message}"), stacklevel=2)

    def choice(self, keyword: str, choices: Sequence[str], default: str | None = None) -> str:
        """Return the value of a keyword, one of some words."""
        if keyword not in self.header and default is not None:
            return default
        expected = f"expected {' or '.join(choices)}"
        if keyword not in self.header:
            raise self.fault(f"{keyword} is missing: {expected}")
        value = self.header[keyword]
        word = value.upper().split()[:1]
        if word and word[0] in choices:
            return word[0]
        raise self.fault(f"{keyword}: {expected}, got {value!r}{_hint(value)}")

    def dimension(self) -> int:
        """Return the number of cities."""
        if "DIMENSION" not in self.header:
            raise self.fault("DIMENSION is missing: expected the number of cities")
        value = self.header["DIMENSION"]
        if not re.fullmatch(r"0*[1-9][0-9]{0,11}", value):
            raise self.fault(f"DIMENSION: expected a positive integer, got {value[:40]!r}")
        return int(value)

    def tokens(self, section: str) -> list[str]:
        """Return what stands in a section."""
        if section not in self.sections:
            raise self.fault(f"{section} is missing")
        return self.sections[section]

    def numbers(self, section: str, count: int, meaning: str) -> Floats:
        """Return the numbers of a section, just so many, all finite."""
        tokens = self.tokens(section)
        for token in filterfalse(_NUMBER.fullmatch, tokens):
            raise self.fault(f"{section}: expected finite numbers, got {token[:40]!r}")
        if len(tokens) != count:
            raise self.fault(f"{section}: expected {count} numbers ({meaning}), got {len(tokens)}")
        values = np.array([float(token) for token in tokens])
        for k in np.flatnonzero(~np.isfinite(values))[:1]:
            raise self.fault(f"{section}: expected finite numbers, got {tokens[k][:40]!r}")
        return values

    def check_ids(self, section: str, ids: Floats) -> int:
        """Return 1, or 0 where the least of these is, and raise where they are not n in a row."""
        ranked = np.sort(ids)
        first = 0 if len(ids) and ranked[0] == 0 and ranked[-1] == len(ids) - 1 else 1
        due = np.arange(first, first + len(ids))
        for k in np.flatnonzero(ranked != due)[:1]:
            raise self.fault(
                f"{section}: expected each of 1 … {len(ids)} once, "
                f"got {number_text(ranked[k])} in place of {due[k]} (in sorted order)"
            )
        return first

    def links(self, section: str, n: int, layout: str) -> list[tuple[int, int]]:
        """Return a section's edges, in the numbers 0 … n − 1: pairs, or lists that end in −1."""
        tokens = self.tokens(section)
        numbers = self.numbers(section, len(tokens), "nodes").tolist()
        for x in numbers:
            if x != int(x) or not (x == -1 or 1 <= x <= n):
                raise self.fault(f"{section}: expected nodes in 1 … {n}, got {number_text(x)}")
        groups: list[list[int]] = [[]]
        for x in map(int, numbers):
            if x == -1:
                groups.append([])
            else:
                groups[-1].append(x - 1)
        if layout == "EDGE_LIST":
            flat = groups[0]
            if len(flat) % 2:
                raise self.fault(f"{section}: expected pairs of nodes, got {len(flat)} numbers")
            return list(zip(flat[::2], flat[1::2], strict=True))
        return [(group[0], node) for group in groups if group for node in group[1:]]

    def table(self, section: str, n: int, width: int) -> Table:
        """Return a section's coordinates by city, shape (n, width), and the first city's number."""
        meaning = f"for each of {n} cities its number and {width} coordinates"
        lines = self.numbers(section, n * (1 + width), meaning).reshape(n, 1 + width)
        first = self.check_ids(section, lines[:, 0])
        result = lines[np.argsort(lines[:, 0]), 1:]
        result.setflags(write=False)
        return Table(result, first)


class Table(NamedTuple):
    """The coordinates of cities, read-only, and the number of the first one: 1 or 0."""

    values: Floats
    first: int


def _hint(word: str) -> str:
    elsewhere = pointer(word)
    return f"; {elsewhere}" if elsewhere else ""


def stem_of(source: Source) -> str:
    """Return a path's name without folder and suffix; nothing for an open file."""
    return split_name(source)[0] if isinstance(source, str | os.PathLike) else ""


def parse(source: Source) -> File:
    """Read a file's header and sections; see `parse_text`."""
    return parse_text(*_read(source), stem_of(source))


def parse_text(label: str, text: str, stem: str) -> File:
    """Read a header and sections: lines of comments are passed over, and what follows ``EOF``.

    Raises
    ------
    TSPLIBError
        If the text is neither keywords with values nor sections.
    """
    file = File(label, stem)
    if not text.strip():
        raise file.fault("expected a TSPLIB file, got an empty one")
    section: list[str] | None = None
    for number, line in rows(text):
        match = _LINE.fullmatch(line)
        word = match[1].upper() if match else ""
        if match is None or word in _NOT_FINITE:
            if section is None and line:
                raise file.fault(f"line {number}: expected 'KEYWORD : value', got {line[:40]!r}")
            if section is not None:
                section.extend(line.split())
        elif word == "EOF":
            break
        elif (word in file.header and word != "COMMENT") or word in file.sections:
            raise file.fault(f"{word} comes twice (line {number}): expected it once")
        elif word.endswith("_SECTION"):
            section = file.sections.setdefault(word, match[3].split())
        elif match[2] or word in KEYWORDS:
            section = None
            before = [file.header[word]] if word in file.header else []
            file.header[word] = "\n".join([*before, match[3]])
        else:
            raise file.fault(f"line {number}: expected 'KEYWORD : value', got {line[:40]!r}")
    return file


def _read(source: Any) -> tuple[str, str]:
    """Return what messages call a file, and its text."""
    if isinstance(source, str | os.PathLike):
        label = os.fspath(source)
    elif hasattr(source, "read"):
        label = str(getattr(source, "name", "<text>"))
    else:
        raise TypeError(f"source must be a path or an open file, got {type(source).__name__}")
    try:
        if isinstance(source, str | os.PathLike):
            return label, content(Path(source))
        data = source.read()
        packed = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        return label, decoded(packed, label)
    except UnicodeDecodeError as error:
        raise TSPLIBError(
            f"{label}: expected a text file; got other bytes ({error.reason})"
        ) from None
    except ValueError as error:
        raise TSPLIBError(str(error)) from None


def number_text(value: float) -> str:
    """Return a number in full precision, whole ones without a point."""
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
