"""The file of a backup: a compressed tar of plain files, and last of all its manifest.

    database.sqlite | database.dump    the database, as `databases` copies it
    data/…                             what else lies in the node's folder
    manifest.json                      what the backup is of, and length and SHA-256 of each file

The manifest stands last because only then all digests are known. Whoever unpacks takes nothing for
granted: any other kind of entry, a name that leads out of the folder, a file too few or too many
or a wrong digest refuses the whole.
"""

import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from node.errors import NodeError
from node.i18n import Text, _

FORMAT = "rochdale-backup-1"
MANIFEST = "manifest.json"
DATA = "data"
_CHUNK = 1024 * 1024
# A manifest names every file; a node with a hundred thousand pictures has one of 15 MB.
_MANIFEST_BYTES = 64 * 1024 * 1024


# Whatever a file may hold that somebody else made. No OSError but these: a full disk is no fault of
# the file's.
_NO_BACKUP = (
    *(tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError),
    *(msgspec.DecodeError, UnicodeError),
    *(FileExistsError, NotADirectoryError, IsADirectoryError),  # a file where a folder is
)
_LONGEST_PART = 255


class BackupUnusableError(NodeError):
    """The file is no backup, or not a whole one."""

    def __init__(self, message: Text) -> None:
        super().__init__(message, "backup-unusable")


class FileEntry(msgspec.Struct, frozen=True):
    """One file of the archive."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is of. counts: rows by table; none of PostgreSQL before 0.2."""

    format: str
    program: str
    revision: str
    made_at: datetime
    name: str
    address: str
    database: str
    counts: dict[str, int]
    files: tuple[FileEntry, ...] = ()


def pack(path: Path, manifest: Manifest, files: Iterable[tuple[str, Path]]) -> Manifest:
    """Write a new archive, durably and for its owner alone; the manifest with its files. One that
    goes before its turn comes is left out."""
    entries = []
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as tar:
            for name, source in files:
                with suppress(FileNotFoundError):
                    entries.append(_add(tar, name, source))
            whole = msgspec.structs.replace(manifest, files=tuple(entries))
            content = msgspec.json.format(msgspec.json.encode(whole))
            info = _info(MANIFEST, len(content))
            tar.addfile(info, io.BytesIO(content))
        out.flush()
        os.fsync(out.fileno())
    return whole


def unpack(path: Path, folder: Path) -> Manifest:
    """Unpack into an empty folder, all of it verified. Raises BackupUnusableError."""
    try:
        with tarfile.open(path, "r:gz") as tar:
            found, manifest = _unpacked(tar, folder)
    except FileNotFoundError:
        raise BackupUnusableError(_("There is no file %(file)s.", file=path)) from None
    except _NO_BACKUP as error:
        raise BackupUnusableError(
            _(
                "%(file)s is not a whole backup of Rochdale (%(why)s). Take another one, or copy "
                "it here again.",
                file=path,
                why=str(error) or type(error).__name__,
            )
        ) from None
    _compare(path, found, manifest)
    return manifest


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add(tar: tarfile.TarFile, name: str, source: Path) -> FileEntry:
    with source.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        reading = _Hashing(file)
        tar.addfile(_info(name, size), reading)  # only `read` is used
    return FileEntry(name, size, reading.digest.hexdigest())


class _Hashing:
    """Reads a file and digests what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self.digest.update(chunk)
        return chunk


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _unpacked(tar: tarfile.TarFile, folder: Path) -> tuple[dict[str, FileEntry], Manifest]:
    found: dict[str, FileEntry] = {}
    for info in tar:
        source = tar.extractfile(info) if _is_plain(info) else None
        if source is None or info.name in found or not _is_inside(info.name):
            raise tarfile.TarError(f"{info.name!r} does not belong there")
        if info.name == MANIFEST:
            if info.size > _MANIFEST_BYTES:
                raise tarfile.TarError("its manifest is too long")
            return found, msgspec.json.decode(source.read(), type=Manifest)
        found[info.name] = _written(info.name, source, folder / info.name)
    raise tarfile.TarError("its manifest is missing")


def _written(name: str, source: IO[bytes], target: Path) -> FileEntry:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return FileEntry(name, size, digest.hexdigest())


def _is_plain(info: tarfile.TarInfo) -> bool:
    """A file. One with holes, of some bytes, would be written out at any size that it claims."""
    return info.isreg() and not info.issparse()


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    if any(len(os.fsencode(part)) > _LONGEST_PART for part in parts):
        return False
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\0" not in name


def _compare(path: Path, found: dict[str, FileEntry], manifest: Manifest) -> None:
    if manifest.format != FORMAT:
        raise BackupUnusableError(
            _("%(file)s was written by another version of Rochdale.", file=path)
        )
    named = {entry.name: entry for entry in manifest.files}
    for name in sorted(named.keys() | found.keys()):
        if named.get(name) != found.get(name):
            raise BackupUnusableError(
                _(
                    "In %(file)s, %(name)s is not what was backed up: the file is damaged or was "
                    "changed. Take another backup.",
                    file=path,
                    name=name,
                )
            )
