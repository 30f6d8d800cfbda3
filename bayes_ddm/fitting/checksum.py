"""Whether a fit file is as it was saved: its bytes, before HDF5 sees them, and its contents.

HDF5 may read a damaged file for ever.  So a file ends in a seal, which HDF5 passes over: the
checksum of its bytes.  A program that changes a file takes the seal away; the checksum of its
contents, an attribute, stays.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from bayes_ddm.errors import InputError

NAME = "checksum"
# HDF5's own, which hold addresses within the file
INTERNAL = {
    "CLASS",
    "DIMENSION_LIST",
    "NAME",
    "REFERENCE_LIST",
    "_NCProperties",
    "_Netcdf4Coordinates",
    "_Netcdf4Dimid",
    NAME,
}
SEAL = b"bayes-ddm sha256 "
SEALED = len(SEAL) + hashlib.sha256().digest_size * 2  # bytes at the end of a file
BLOCK = 1 << 20  # values, or bytes, at a time
OVERHEAD = 1 << 18  # bytes of a file beside its values, at most
# a file that claims to unpack to more than so many times its size, and to more than it is to be
MOST_PACKED, MOST_BYTES = 2000, 1 << 31


def write(tree: xr.DataTree, path: Path) -> None:
    """Write netCDF, with the checksum of what it holds, and seal it.

    Raises
    ------
    OSError
        If there is no room for it.
    """
    import h5py

    _reserve(path, tree)
    tree.to_netcdf(path, engine="h5netcdf")
    with h5py.File(path, "r+") as file:
        file.attrs[NAME] = _digest(file)
    seal = SEAL + _digest_of_bytes(path, path.stat().st_size)
    with open(path, "ab") as sealed:
        sealed.write(seal)


def _reserve(path: Path, tree: xr.DataTree) -> None:
    """Fail where a disk is too full: HDF5 would end the process."""
    size = sum(node.to_dataset(inherit=False).nbytes for node in tree.subtree)
    if hasattr(os, "posix_fallocate"):
        with open(path, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, int(1.1 * size) + OVERHEAD)


def verify(path: Path) -> None:
    """Refuse a netCDF file that is not as it was saved.

    A file without seal and checksum, which another program wrote, is taken as it is.

    Raises
    ------
    InputError
        If it is damaged, or unpacks to far more than it holds.
    OSError, and whatever a damaged file makes HDF5 raise
    """
    import h5py

    damaged = InputError(
        f"{str(path)!r} is damaged: its contents are not those that were saved. Take it from a "
        "backup, or fit again."
    )
    seal, size = _seal_of(path), path.stat().st_size - SEALED
    if seal is not None and seal != _digest_of_bytes(path, size):
        raise damaged
    with h5py.File(path, "r") as file:
        size_held = sum(
            int(np.prod(x.shape, dtype=float)) * x.dtype.itemsize for x in _datasets(file)
        )
        if size_held > max(MOST_BYTES, MOST_PACKED * path.stat().st_size):
            raise InputError(
                f"{str(path)!r} would unpack to {size_held / 2**30:,.0f} GiB; it is no file that "
                "bayes-ddm saved."
            )
        stored = file.attrs.get(NAME)
        if seal is None and stored is not None and stored != _digest(file):
            raise damaged


def _seal_of(path: Path) -> bytes | None:
    """Return what a file's seal says of its bytes; None if it has none."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - SEALED))
        end = file.read()
    return end.removeprefix(SEAL) if end.startswith(SEAL) else None


def _digest_of_bytes(path: Path, size: int) -> bytes:
    """Checksum of so many bytes of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for first in range(0, size, BLOCK):
            digest.update(file.read(min(BLOCK, size - first)))
    return digest.hexdigest().encode()


def _items(file: Any) -> list[tuple[str, Any]]:
    names: list[str] = []
    file.visit(names.append)
    return [("/", file), *((name, file[name]) for name in sorted(names))]


def _datasets(file: Any) -> list[Any]:
    return [item for _, item in _items(file) if hasattr(item, "shape")]


def _digest(file: Any) -> str:
    digest = hashlib.sha256()

    def add(value: Any) -> None:
        array = np.asarray(value)
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(repr(array.tolist()).encode() if array.dtype == object else array.tobytes())

    for name, item in _items(file):
        digest.update(name.encode())
        for key in sorted(set(item.attrs) - INTERNAL):
            digest.update(key.encode())
            add(item.attrs[key])
        if not hasattr(item, "shape"):
            continue
        digest.update(f"{item.dtype.str}{item.shape}".encode())
        if not item.shape:
            add(item[()])
            continue
        rows = max(1, BLOCK // max(1, int(np.prod(item.shape[1:]))))
        for first in range(0, item.shape[0], rows):
            add(item[first : first + rows])
    return digest.hexdigest()
