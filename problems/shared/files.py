"""Instances in files: how a name is found, read as text, and given its best known value."""

from __future__ import annotations

import difflib
import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = "best_known.json"


@dataclass(frozen=True)
class Source:
    """A file's text, and what is known about it.

    Attributes
    ----------
    name : str
        The file's name without its suffix; "stdin" for the standard input.
    text : str
    best : float or None
        The best known value on record in ``best_known.json`` beside the file.
    suffix : str
        Of the file, with its dot; empty for the standard input.
    """

    name: str
    text: str
    best: float | None = None
    suffix: str = ""


def find(source: str, data: str | os.PathLike[str] | None, suffixes: Sequence[str]) -> Source:
    """Read an instance by its path or its name.

    Tried in this order: "-", the standard input; a path; and a name, for a file with one of the
    suffixes in the folder `data`, in the folder that the environment variable HOPOPT_DATA names,
    and in the current directory. Beside the file, ``best_known.json`` may hold its best known
    value: ``{name: value}``, ``{name: {"best_known…": value}}``, or either one level deeper.

    Parameters
    ----------
    source : str
    data : str or path, optional
    suffixes : sequence of str
        With their dots, in the order of preference.

    Raises
    ------
    FileNotFoundError
        Where there is no such file; the message lists what was searched, and the nearest names.
    ValueError
        Where the file is not text, or ``best_known.json`` is not JSON.
    OSError
        Where a file cannot be read.
    """
    if not isinstance(source, str):
        raise TypeError(f"source must be a str; got {type(source).__name__}")
    if source == "-":
        return Source("stdin", _standard_input())
    folders = list(_folders(data))
    candidates = [folder / f"{source}{suffix}" for folder in folders for suffix in suffixes]
    for path in (Path(source), *candidates):
        if source and path.is_file():
            return Source(path.stem, _text(path), _best(path), path.suffix)
    if source and os.path.isdir(source):
        raise IsADirectoryError(f"source must be a file or a name; got the folder {source!r}")
    raise FileNotFoundError(_unknown(source, folders, suffixes))


def _folders(data: str | os.PathLike[str] | None) -> Iterator[Path]:
    for origin, folder in (("data", data), ("HOPOPT_DATA", os.environ.get("HOPOPT_DATA") or None)):
        if folder is not None and not os.path.isdir(folder):
            raise NotADirectoryError(f"{origin} must be an existing folder; got {str(folder)!r}")
        if folder is not None:
            yield Path(folder)
    yield Path.cwd()


def _standard_input() -> str:
    if sys.stdin is None:
        raise OSError("stdin: expected a text file; got a closed standard input")
    binary = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read() if binary is None else _decoded(binary.read(), "stdin")


def _text(path: Path) -> str:
    return _decoded(path.read_bytes(), str(path))


def _decoded(data: bytes, name: str) -> str:
    """Return UTF-8 as text, without a byte order mark, or refuse it by name."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{name}: expected a text file; got other bytes ({error.reason})"
        ) from None
    if "\0" in text:
        raise ValueError(f"{name}: expected a text file; got binary data")
    return text


def _best(path: Path) -> float | None:
    table = path.with_name(TABLE)
    if not table.is_file():
        return None
    try:
        known = json.loads(_text(table))
    except json.JSONDecodeError as error:
        raise ValueError(f"{table}: expected JSON; got {error}") from None
    if not isinstance(known, dict):
        return None
    inner = (group for group in known.values() if isinstance(group, dict))
    for group in (known, *inner):
        if path.stem in group:
            return _value(group[path.stem])
    return None


def _value(entry: Any) -> float | None:
    if isinstance(entry, dict):
        entry = next((v for key, v in entry.items() if key.startswith("best_known")), None)
    if isinstance(entry, bool) or not isinstance(entry, int | float) or not math.isfinite(entry):
        return None
    return float(entry)


def _unknown(name: str, folders: Sequence[Path], suffixes: Sequence[str]) -> str:
    places = list(dict.fromkeys(map(str, folders)))
    stems = [p.stem for f in folders for p in f.iterdir() if p.suffix in suffixes]
    near = difflib.get_close_matches(Path(name).stem, stems)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    kinds = " or ".join(dict.fromkeys(suffixes))
    return (
        f"source must be a built-in instance, '-', a file, or the name of a {kinds} file in "
        f"{' or '.join(places)}; got {name!r}{hint}"
    )


def numbers(text: str, count: int, where: str) -> list[float]:
    """Return a line's `count` numbers, or refuse it by its place."""
    words = text.split()
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if len(values) != count or not all(map(math.isfinite, values)):
        raise ValueError(f"{where}: expected {count} finite numbers; got {text.strip()[:60]!r}")
    return values
