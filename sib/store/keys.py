"""store: the keys that turn a person's identifier into a pseudonym, another one for each contract.

A plain hash of an identifier is no protection: all identifiers of a country can be hashed in minutes. With a key that
pages and warehouse cannot read, they cannot; and with a key of its own for each contract, the same person cannot be
found again in another contract.
"""

import hashlib
import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from sib.errors import NotValid, Problem
from sib.settings import Settings

FROM_ENVIRONMENT = "SIB_KEY"
"""Environment variable with the master key, 64 hexadecimal digits; it goes before the file."""
PSEUDONYM_DIGITS = 32
"""128 bits: among ten million people two share one by chance once in 10^24 times."""

_FILE = "master.key"
_KEY = re.compile(r"[0-9a-fA-F]{64}")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Keys:
    """The master key, from which each contract's own key is derived; it is never printed."""

    _master: bytes = field(repr=False)

    def pseudonym(self, contract: str, identifier: str) -> str:
        """32 hexadecimal digits that stand for a person in one contract; raises ``NotValid`` for an empty identifier.

        The identifier is taken as it is: writing it in one form is up to whoever reads the file.
        """
        if not identifier:
            raise NotValid(
                Problem(
                    code="person.empty",
                    what="A person has no identifier.",
                    expected="the identifier that the provider uses for the person",
                    mend="Fill the identifier in.",
                )
            )
        of_contract = hmac.digest(self._master, b"sib pseudonym 1\x00" + contract.encode(), hashlib.sha256)
        return hmac.digest(of_contract, identifier.encode(), hashlib.sha256).hex()[:PSEUDONYM_DIGITS]


def open_keys(settings: Settings) -> Keys:
    """The keys from the environment or the settings' folder, made there the first time.

    Raises ``NotValid`` if the key is malformed or others on this machine could read it.
    """
    if given := os.environ.get(FROM_ENVIRONMENT):
        return Keys(_parsed(given, FROM_ENVIRONMENT))
    path = settings.keys / _FILE
    if not path.exists():
        _make(path)
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        raise NotValid(
            Problem(
                code="key.readable",
                what="Others on this machine can read the key file.",
                value=stat.filemode(path.stat().st_mode),
                expected="-rw-------",
                mend="Take the right away (chmod 600) and find out who may have read it.",
                file=str(path),
            )
        )
    return Keys(_parsed(path.read_text(), str(path)))


def _make(path: Path) -> None:
    """Write a new key beside its place and link it there: of two processes that do so at once, the first wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{_FILE}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _parsed(text: str, where: str) -> bytes:
    if not _KEY.fullmatch(text.strip()):
        raise NotValid(
            Problem(
                code="key.form",
                what="The master key is not of the right form.",
                expected="64 hexadecimal digits",
                mend="Restore the key from its safe copy: with another key all people get other pseudonyms.",
                file=where,
            )
        )
    return bytes.fromhex(text.strip())
