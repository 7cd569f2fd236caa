"""store: the landing folder: files as handed over, kept under the hash of their bytes, never written again."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sib.errors import Missing, Problem
from sib.settings import Settings

_PIECE = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Landing:
    """The landing folder of one register."""

    folder: Path

    def keep(self, source: Path | bytes) -> str:
        """Keep a file, or bytes, and return their SHA-256; what is kept already is not written again.

        The hash is that of the bytes that were written, even if the source changes meanwhile. Raises ``Missing`` if
        the source cannot be read.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.folder / f".{secrets.token_hex(16)}"
        try:
            digest = _copy(source, draft)
            target = self._place(digest)
            if not target.exists():
                target.parent.mkdir(mode=0o700, exist_ok=True)
                draft.chmod(0o444)
                draft.replace(target)
                _sync_folder(target.parent)
            return digest
        finally:
            draft.unlink(missing_ok=True)

    def path_of(self, sha256: str) -> Path:
        """Where the bytes with this hash are kept; raises ``Missing`` if they are not."""
        path = self._place(sha256)
        if not _SHA256.fullmatch(sha256) or not path.is_file():
            raise Missing(
                Problem(
                    code="landing.unknown",
                    what="The landing folder does not hold this file.",
                    value=sha256[:64],
                    expected="the SHA-256 of a file that was handed over",
                    mend="Hand the file over again, or restore the landing folder from its copy.",
                )
            )
        return path

    def problems(self) -> list[Problem]:
        """Kept files whose bytes are no longer those of their name."""
        return [
            Problem(
                code="landing.changed",
                what="A kept file was changed.",
                value=found,
                expected=path.name,
                mend="Restore it from a copy, and find out who had access.",
                file=str(path),
            )
            for path in sorted(self.folder.glob("??/*"))
            if (found := _sha256(path)) != path.name
        ]

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256


def open_landing(settings: Settings) -> Landing:
    """The landing folder that the settings name."""
    return Landing(settings.landing)


def _copy(source: Path | bytes, target: Path) -> str:
    """Write the source to a new file, down to the disk, and return the hash of what was written."""
    digest = hashlib.sha256()
    with _pieces(source) as pieces, target.open("xb") as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


@contextmanager
def _pieces(source: Path | bytes) -> Iterator[Iterator[bytes]]:
    if isinstance(source, bytes):
        yield iter((source,))
        return
    try:
        file = source.open("rb")
    except OSError as error:
        raise Missing(
            Problem(
                code="landing.source",
                what="The file cannot be read.",
                value=error.strerror,
                mend="Check its name and that you may read it.",
                file=str(source),
            )
        ) from error
    with file:
        yield _read(file)


def _read(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """The name, too, is to outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
