"""The one door for text: bytes are unpacked and decoded, comments passed over, whatever reads them.

A file may be packed (gzip, bzip2, xz) and be in UTF-8, in UTF-16 or UTF-32 with a byte order mark,
or in Latin-1. Lines that begin with ``#`` or ``%``, or whose first word is ``c``, are comments.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import json
import lzma
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from hopopt.solve import split_name

__all__ = ["COMMENT", "HASH", "FileNote", "content", "decoded", "rows", "split_name", "words"]

MOST_BYTES = 2**30
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
PACKED: tuple[tuple[bytes, Callable[[IO[bytes]], Any]], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)
COMMENT = re.compile(r"\s*(?:[#%]|c(?:$|[\s-]))")
HASH = re.compile(r"\s*#")
_CONTROL = re.compile(r"[\0-\x08\x0e-\x19\x1b-\x1f\x7f-\x9f]")
_GRAPH = re.compile(rb"\s*(\d{1,7})\s*\n(?=[cp]\s)")


class FileNote(UserWarning):
    """What a reader passed over that its author may have meant; the command tells it on stderr."""


def content(path: Path) -> str:
    """Return a file's text; see `decoded`."""
    return decoded(path.read_bytes(), str(path))


def parsed_json(text: str, name: str) -> Any:
    """Return what a text of JSON holds, or refuse it by name, as where it is deeply nested."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name}: expected JSON; got {error}") from None


def decoded(data: bytes, name: str) -> str:
    r"""Return bytes as text: unpacked, of whatever encoding, binary DIMACS as plain DIMACS.

    Parameters
    ----------
    data : bytes
    name : str
        What to call it where it is refused.

    Raises
    ------
    ValueError
        Where it is damaged, no text, or more than 1 GiB.

    Examples
    --------
    >>> decoded(gzip.compress("Köln\n".encode("latin-1")), "file")
    'Köln\n'
    """
    data = _unpacked(data, name)
    if match := _GRAPH.match(data):
        return _plain_graph(data, match.end(), int(match[1]), name)
    try:
        text = _decode(data)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{name}: expected a text file; got other bytes ({error.reason})"
        ) from None
    if text is None or "\0" in text:
        raise ValueError(f"{name}: expected a text file; got binary data")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def rows(text: str, comment: re.Pattern[str] = COMMENT) -> Iterator[tuple[int, str]]:
    r"""Yield the lines that are neither empty nor comments, each with its number.

    Examples
    --------
    >>> list(rows("# of a graph\n\nc---- two nodes\n1 2\n"))
    [(4, '1 2')]
    """
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not comment.match(line):
            yield number, line.strip()


def words(text: str) -> list[str]:
    """Return all words of the lines that are no comments."""
    return [word for _, line in rows(text) for word in line.split()]


def _unpacked(data: bytes, name: str) -> bytes:
    for mark, kind in PACKED:
        if data.startswith(mark):
            try:
                with kind(io.BytesIO(data)) as file:
                    data = file.read(MOST_BYTES + 1)
            except (OSError, EOFError, lzma.LZMAError) as error:
                raise ValueError(f"{name}: expected a packed file that is whole: {error}") from None
    if len(data) > MOST_BYTES:
        raise ValueError(f"{name}: expected at most {MOST_BYTES} bytes; got more")
    return data


def _decode(data: bytes) -> str | None:
    """Return bytes as text; None where they are neither UTF-8 nor free of control characters."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        return None if _CONTROL.search(text) else text


def _plain_graph(data: bytes, start: int, length: int, name: str) -> str:
    """Return DIMACS' binary form of a graph, a triangle of bits, as its plain form."""
    header = data[start : start + length].decode("latin-1")
    found = re.search(r"^p\s+\S+\s+(\d{1,7})\s", header, re.MULTILINE)
    n = int(found[1]) if found else 0
    bits, lines, place = data[start + length :], [header.rstrip("\n")], 0
    if not n or len(bits) != sum(i // 8 + 1 for i in range(n)):
        raise ValueError(f"{name}: expected a line 'p edge NODES EDGES' and a triangle of bits")
    for i in range(n):
        row, place = bits[place : place + i // 8 + 1], place + i // 8 + 1
        near = (j for j in range(i) if row[j >> 3] & (128 >> (j & 7)))
        lines += [f"e {i + 1} {j + 1}" for j in near]
    return "\n".join(lines) + "\n"
