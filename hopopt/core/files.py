"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

DESCRIPTORS = ("/proc", "/dev")


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield where to write; once all is written, it takes the place of the file at `path`.

    What goes wrong meanwhile, a full disk or Ctrl-C, leaves the file as it was. Devices and the
    process's own descriptors are written to directly.

    Parameters
    ----------
    path : str or path

    Raises
    ------
    OSError
        With the name of the file: where it cannot be written, or is a named pipe, a socket or a
        folder, which are refused before anything is opened.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, replacing(f"{folder}/a.txt") as file:
    ...     file.write_text("whole")
    5
    """
    target = Path(os.path.realpath(path))
    try:
        if is_stream(path):
            yield Path(path)
            return
        fresh = target.with_name(f".{target.stem[:100]}-{token_hex(4)}{target.suffix}")
        try:
            os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except PermissionError:
            if not os.access(target, os.W_OK):
                raise
            fresh = target
        try:
            yield fresh
            _settle(fresh, target)
        finally:
            if fresh != target:
                with suppress(FileNotFoundError):
                    fresh.unlink()
    except OSError as error:
        error.filename, error.filename2 = os.fspath(path), None
        raise


def is_stream(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a device or an open descriptor, which has no whole to be written.

    Raises
    ------
    OSError
        Where it is a named pipe, a socket or a folder: to open one may wait for ever.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISREG(mode):
        return False
    own = os.path.realpath(path).startswith(DESCRIPTORS) and not stat.S_ISDIR(mode)
    if own or stat.S_ISCHR(mode):
        return True
    kind = {stat.S_IFIFO: "a named pipe", stat.S_IFDIR: "a folder", stat.S_IFSOCK: "a socket"}
    got = kind.get(stat.S_IFMT(mode), "no file")
    raise OSError(None, f"expected a file that can be written; got {got}", os.fspath(path))


def _settle(fresh: Path, target: Path) -> None:
    """Put the new file in the place of the old one, under the old one's permissions."""
    if fresh == target:
        return
    with suppress(FileNotFoundError):
        os.chmod(fresh, stat.S_IMODE(os.stat(target).st_mode))
    handle = os.open(fresh, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(fresh, target)
