"""Problem classes by name, from the entry points of what is installed, or as ``module:Class``."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from hopopt.solve.problem import Problem
from hopopt.solve.renamed import MODULES, meant

GROUP = "hopopt.problems"
DEFAULT = "tsp"
WRAPPED = (".gz", ".bz2", ".xz", ".b")


def problem_names() -> list[str]:
    """Return the names that installed packages give their problems.

    Examples
    --------
    >>> "tsp" in problem_names()
    True
    """
    return sorted({point.name for point in entry_points(group=GROUP)})


def problem_class(name: str) -> type[Problem]:
    """Import a problem class.

    Parameters
    ----------
    name : str
        A name of an entry point in the group ``hopopt.problems``, or ``module:Class``. The
        module may be in the working directory, which is searched last.

    Raises
    ------
    ValueError
        If there is no such name, the import fails, or what it gives is not a `Problem` class. The
        message names the file that was imported, and the package that this file hides, if any.

    Examples
    --------
    >>> problem_class("tsp").name
    'tsp'
    """
    if ":" in name:
        folder = os.getcwd()
        if folder not in sys.path:
            sys.path.append(folder)
        point = EntryPoint(name, name, GROUP)
        if point.pattern.match(name) is None:
            raise ValueError(f"problem must be a name or module:Class; got {name!r}")
        return _load(point)
    for point in entry_points(group=GROUP, name=name):
        return _load(point)
    names = problem_names()
    known = ", ".join(names) or "those of an installed package (there is none)"
    raise ValueError(
        f"problem must be one of {known}, or module:Class; got {name!r}{meant(name, names)}"
    )


def problem_for(source: str) -> str:
    """Return the name of the problem whose files end as this source does; "tsp" for other sources.

    Raises
    ------
    ValueError
        If files of several problems end like that; the message names them.

    Examples
    --------
    >>> problem_for("queen8_8.col"), problem_for("capitals")
    ('coloring', 'tsp')
    """
    suffix = split_name(source)[1].lower()
    if not suffix:
        return DEFAULT
    names = [name for name in problem_names() if suffix in _suffixes(name)]
    if len(names) > 1:
        known = ", ".join(names)
        raise ValueError(f"{source}: give --problem, for a {suffix} file may be any of {known}")
    return names[0] if names else DEFAULT


def split_name(path: str | os.PathLike[str]) -> tuple[str, str]:
    """Return a file's name without folder and suffix, and its suffix, as if it were unpacked.

    Examples
    --------
    >>> split_name("data/berlin52.tsp.gz"), split_name("brock200_2.clq.b"), split_name("G1")
    (('berlin52', '.tsp'), ('brock200_2', '.clq'), ('G1', ''))
    """
    bare = Path(path)
    if bare.suffix.lower() in WRAPPED:
        bare = bare.with_suffix("")
    return bare.stem, bare.suffix


def _suffixes(name: str) -> tuple[str, ...]:
    """Return a problem's suffixes; none where it cannot be loaded, as its use would tell."""
    try:
        return problem_class(name).suffixes
    except ValueError:
        return ()


def _load(point: EntryPoint) -> type[Problem]:
    try:
        found = point.load()
    except (Exception, SystemExit) as error:
        new = MODULES.get(getattr(error, "name", None) or "")
        hint = f", which is now {new}" if new else ""
        raise ValueError(_failure(point, f"{type(error).__name__}: {error}{hint}")) from error
    if isinstance(found, type) and issubclass(found, Problem):
        missing = _missing(found)
        if missing:
            lacks = f"{found.__name__} lacks {', '.join(missing)}: see hopopt.Problem and Method"
            raise ValueError(_failure(point, lacks))
        return found
    raise ValueError(_failure(point, f"expected a subclass of hopopt.Problem; got {found!r}"))


def _missing(problem: type[Problem]) -> list[str]:
    """Return what a problem class and its methods have to define and do not."""
    missing = [name for name in ("name", "methods") if not hasattr(problem, name)]
    missing += sorted(getattr(problem, "__abstractmethods__", ()))
    for method in getattr(problem, "methods", {}).values():
        names = (name for name in ("name", "summary", "kind") if not hasattr(method, name))
        missing += [f"{name} of its method {method.__name__}" for name in names]
    return missing


def _failure(point: EntryPoint, reason: str) -> str:
    """Say why a class was not loaded, from which file, and whether that file hides another."""
    package = point.value.partition(":")[0].partition(".")[0]
    file = _file(package)
    message = f"problem {point.name!r} could not be loaded from {point.value}: {reason}"
    if file is None:
        return message
    if point.dist is not None:
        installed = Path(__file__).resolve().parents[2] / package
        if installed.is_dir() and installed not in file.parents:
            return (
                f"{message}; Python found {file}, which hides {point.dist.name}'s own package "
                f"{package!r}: rename that file, or run hopopt from another folder"
            )
    return f"{message} (in {file})"


def _file(package: str) -> Path | None:
    """Return the file of a top-level package as Python finds it, imported or not."""
    origin = getattr(sys.modules.get(package), "__file__", None)
    if origin is None and package not in sys.modules:
        try:
            spec = importlib.util.find_spec(package)
        except (ImportError, ValueError):
            spec = None
        origin = None if spec is None else spec.origin
    return None if origin is None else Path(origin).resolve()
