"""Memories on disk: NumPy's .npz with plain arrays and a line of JSON, never pickle."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from os import PathLike
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from hopopt.core.files import replacing
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import real

FORMAT, VERSION = "hopopt.AssociativeMemory", 1
HEADER, MOST_PACKED = 2**16, 20
"""Bytes that the line of JSON may take; by how much a file that others have packed may grow."""


class Saved(NamedTuple):
    """What a file holds of a memory.

    Attributes
    ----------
    parameters : dict
    coding : str
    shapes : tuple of tuple of int
        Of a pattern, and of its other side if there is one.
    patterns : array, shape (P, N)
    labels, names : array or None
        Of the patterns, and of their units.
    learned : dict of arrays
        What the rule has learned.
    """

    parameters: dict[str, Any]
    coding: str
    shapes: tuple[tuple[int, ...], ...]
    patterns: Array
    labels: Array | None
    names: Array | None
    learned: dict[str, Array]


def save(path: str | PathLike[str], memory: Saved) -> None:
    """Write a memory."""
    parameters = dict(memory.parameters)
    theta = parameters.pop("threshold")
    arrays: dict[str, Any] = {f"rule_{name}": value for name, value in memory.learned.items()}
    if not isinstance(theta, str):
        arrays["threshold"] = np.asarray(theta, dtype=float)
    for name in ("labels", "names"):
        values = getattr(memory, name)
        if values is not None:
            arrays[name] = values if values.dtype != object else np.array(values.tolist())
            if arrays[name].dtype == object:
                raise ValueError(f"{name} must be numbers or text to be saved; got {values!r}")
    arrays["patterns"] = memory.patterns
    header = {
        "format": FORMAT,
        "version": VERSION,
        "parameters": parameters,
        "coding": memory.coding,
        "shapes": memory.shapes,
    }
    arrays["header"] = np.array(json.dumps(header, default=np.generic.item))
    with replacing(path) as whole, whole.open("wb") as file:
        np.savez(file, **arrays)


def load(path: str | PathLike[str]) -> Saved:
    """Read a memory; a file that cannot be opened is the system's error."""
    with open(path, "rb") as stream:
        try:
            return _read(stream)
        except (
            *(AttributeError, EOFError, IndexError, KeyError, OSError, TypeError, ValueError),
            *(zipfile.BadZipFile, zlib.error, NotImplementedError, RecursionError),
        ) as error:
            raise refusal(path, error) from error


def refusal(path: str | PathLike[str], reason: object) -> ValueError:
    """Return the error of a file that is no memory."""
    return ValueError(f"{path} is not a memory saved by hopopt, or is damaged: {reason}")


def _read(stream: IO[bytes]) -> Saved:
    most = os.fstat(stream.fileno()).st_size * MOST_PACKED
    with zipfile.ZipFile(stream) as file:
        head = _member(file, "header", HEADER)
        header = json.loads(str(head))
        if header["format"] != FORMAT:
            raise ValueError(f"its format is {header['format']!r}")
        version = header["version"]
        if version != VERSION or not isinstance(version, int) or isinstance(version, bool):
            raise ValueError(f"its version is {version!r}, not {VERSION}")
        own = [info.filename.removesuffix(".npy") for info in file.infolist()]
        arrays = {
            name: _member(file, name, most)
            for name in own
            if name in ("patterns", "threshold", "labels", "names") or name.startswith("rule_")
        }
    parameters = {**header["parameters"], "threshold": arrays.get("threshold", "auto")}
    shapes = tuple(tuple(int(n) for n in shape) for shape in header["shapes"])
    patterns = arrays["patterns"]
    none = not len(patterns) and parameters["rule"] != "given"
    if patterns.ndim != 2 or none or len(shapes) not in (1, 2):
        raise ValueError(f"its patterns have shape {patterns.shape}, each {shapes}")
    labels = arrays.get("labels")
    if labels is not None and labels.shape != (len(patterns),):
        raise ValueError(f"it has labels of shape {labels.shape} for {len(patterns)} patterns")
    learned = {
        name.removeprefix("rule_"): real(array, name)
        for name, array in arrays.items()
        if name.startswith("rule_")
    }
    patterns = real(patterns, "patterns")
    names = arrays.get("names")
    return Saved(parameters, str(header["coding"]), shapes, patterns, labels, names, learned)


def _member(file: zipfile.ZipFile, name: str, most: float = np.inf) -> Array:
    """Return an array of the file, once its own header says that it is as large as the file has."""
    info = file.getinfo(f"{name}.npy")
    with file.open(info) as stream:
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise ValueError(f"its {name} is of objects")
    size = dtype.itemsize * float(np.prod(shape, dtype=float))
    if size > min(info.file_size, most):
        raise ValueError(f"its {name} has shape {shape}, more than the file holds")
    with file.open(info) as stream:
        array: Array = npy.read_array(stream, allow_pickle=False)
    return array
