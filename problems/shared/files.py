"""Instances in files: how a name is found, read as text, and given its best known value."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hopopt.core import is_finite
from problems.shared.text import content, decoded, parsed_json, split_name

TABLE = "best_known.json"


@dataclass(frozen=True)
class Source:
    """A file's text, and what is known about it.

    Attributes
    ----------
    name : str
        The file's name without its suffix; "stdin" for the standard input.
    text : str
        As `text.decoded` gives it.
    best : float or None
        The best known value on record in ``best_known.json`` beside the file.
    suffix : str
        Of the file, with its dot; empty for the standard input.
    path : Path or None
    """

    name: str
    text: str
    best: float | None = None
    suffix: str = ""
    path: Path | None = None

    @property
    def label(self) -> str:
        """What messages call it: the file's path, with its ending."""
        return self.name if self.path is None else str(self.path)


def find(
    source: str | os.PathLike[str],
    data: str | os.PathLike[str] | None,
    suffixes: Sequence[str],
    built_in: Iterable[str] = (),
) -> Source:
    """Read an instance by its path or its name.

    Tried in this order: "-", the standard input; a path; and a name, for a file with one of the
    suffixes, packed or not, in the folder `data`, in the folder that the environment variable
    HOPOPT_DATA names, and in the current directory. Beside the file, ``best_known.json`` may hold
    its best known value: ``{name: value}``, ``{name: {"best_known…": value}}``, or either one level
    deeper.

    Parameters
    ----------
    source : str or path
    data : str or path, optional
    suffixes : sequence of str
        With their dots, in the order of preference.
    built_in : iterable of str
        Names that `source` may have meant, for the message where there is no such file.

    Raises
    ------
    FileNotFoundError
        Where there is no such file; the message lists what was searched, and the nearest names.
    ValueError
        Where the file is not text, or ``best_known.json`` is not JSON.
    OSError
        Where a file cannot be read.
    """
    name = as_text(source, "source")
    if name == "-":
        return Source("stdin", _standard_input())
    if os.path.exists(name) and not os.path.isdir(name):
        return _read(Path(name))
    folders = list(_folders(data))
    for path in _candidates(name, folders, suffixes):
        if os.path.isfile(path):
            return _read(path)
    if name and os.path.isdir(name):
        raise IsADirectoryError(f"source must be a file or a name; got the folder {name!r}")
    raise FileNotFoundError(_unknown(name, folders, suffixes, list(built_in)))


def as_text(value: str | os.PathLike[str], argument: str) -> str:
    """Return a path as text, or refuse what is none."""
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(text, str):
        raise TypeError(f"{argument} must be a str or a path; got {type(value).__name__}")
    return text


def _read(path: Path) -> Source:
    stem, suffix = split_name(path)
    return Source(stem, content(path), _best(path), suffix, path)


def _folders(data: str | os.PathLike[str] | None) -> Iterator[Path]:
    given = None if data is None else as_text(data, "data")
    for origin, folder in (("data", given), ("HOPOPT_DATA", os.environ.get("HOPOPT_DATA") or None)):
        if folder is not None and not os.path.isdir(folder):
            raise NotADirectoryError(f"{origin} must be an existing folder; got {folder!r}")
        if folder is not None:
            yield Path(folder)
    yield Path.cwd()


def _candidates(name: str, folders: Sequence[Path], suffixes: Sequence[str]) -> Iterator[Path]:
    whole = ("",) if split_name(name)[1] in suffixes else ()
    tried = [*whole, *suffixes, *(f"{suffix}.gz" for suffix in suffixes)]
    for folder in folders:
        yield from (folder / f"{name}{ending}" for ending in tried if name)


def _standard_input() -> str:
    if sys.stdin is None:
        raise OSError("stdin: expected a text file; got a closed standard input")
    binary = getattr(sys.stdin, "buffer", None)
    return decoded(sys.stdin.read().encode() if binary is None else binary.read(), "stdin")


def _best(path: Path) -> float | None:
    table = path.with_name(TABLE)
    if not table.is_file():
        return None
    known = parsed_json(content(table), str(table))
    if not isinstance(known, dict):
        return None
    inner = (group for group in known.values() if isinstance(group, dict))
    stem = split_name(path)[0]
    for group in (known, *inner):
        if stem in group:
            return _value(group[stem])
    return None


def _value(entry: Any) -> float | None:
    if isinstance(entry, dict):
        entry = next((v for key, v in entry.items() if key.startswith("best_known")), None)
    return float(entry) if is_finite(entry) else None


def _unknown(
    name: str, folders: Sequence[Path], suffixes: Sequence[str], built_in: Sequence[str]
) -> str:
    places = list(dict.fromkeys(map(str, folders)))
    found = (split_name(path) for folder in folders for path in folder.iterdir())
    stems = sorted(stem for stem, suffix in found if suffix in suffixes)
    known = {stem.lower(): stem for stem in (*built_in, *stems)}
    near = difflib.get_close_matches(split_name(name.lower())[0], known)
    hint = f"; did you mean {' or '.join(known[match] for match in near)}?" if near else ""
    kinds = " or ".join(dict.fromkeys(suffixes))
    shipped = f" ({', '.join(built_in)})" if built_in else ""
    return (
        f"source must be a built-in instance{shipped}, '-', a file, or the name of a {kinds} file "
        f"in {' or '.join(places)}; got {name!r}{hint}"
    )


def check_size(count: float, what: str, most: int, where: str) -> None:
    """Refuse a file that says that it holds none of something, or more than is read."""
    if count == 0:
        raise ValueError(f"{where}: expected at least one {what}; got none")
    if count > most:
        raise ValueError(f"{where}: expected at most {most} {what}s; got {count:.15g}")


def numbers(text: str, count: int, where: str) -> list[float]:
    """Return a line's `count` numbers, or refuse it by its place."""
    words = text.split()
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if len(values) != count or not all(map(is_finite, values)):
        raise ValueError(f"{where}: expected {count} finite numbers; got {text.strip()[:60]!r}")
    return values
