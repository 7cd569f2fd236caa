"""intake: the first line of a file names its columns; names decide, never places."""

import csv
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sib.errors import NotValid, Problem
from sib.intake.faults import shown

_OTHER_DELIMITERS = {";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}
_LIKE_DATA = re.compile(r"\s*[-+£$€]?[\d.,/:-]*\d[\d.,/:-]*\s*")
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a kind of file must have and may have, as the file names them."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Required and optional ones."""
        return self.required + self.optional


def check_header(line: int, header: Sequence[str], columns: Columns) -> None:
    """Raises NotValid with every fault of the header; ``line`` is where it stands in the file."""
    if problems := tuple(_faults(line, header, columns)):
        raise NotValid(problems)


def _faults(line: int, header: Sequence[str], columns: Columns) -> Iterator[Problem]:
    known = len({_plain(name) for name in header[:1000]} & {_plain(name) for name in columns.all})
    expected = ",".join(columns.required)
    if not known and (delimiter := _other_delimiter(header, columns)):
        what = f"cells are divided by {_OTHER_DELIMITERS[delimiter]}, not by a comma"
        yield Problem("intake.delimiter", what, "save the file as comma-separated CSV", expected=expected, line=line)
    elif not known and (any(map(_LIKE_DATA.fullmatch, header)) or not _guesses(header, columns)):
        what = "the first line names none of the columns; it looks like data or a title"
        mend = "put the names of the columns on the first line"
        yield Problem("intake.no-header", what, mend, expected=expected, line=line)
    else:
        yield from _name_faults(line, header, columns)


def _name_faults(line: int, header: Sequence[str], columns: Columns) -> Iterator[Problem]:
    guesses = _guesses(header, columns)
    for name, times in Counter(header).items():
        if times > 1 and name in columns.all:
            what, mend = f"{times} columns are called {name}", "keep the right one and remove the other"
            yield Problem("intake.column-duplicate", what, mend, line=line, place=name)
    for name, right in guesses.items():
        what, mend = f"there is no column {right}, but one called {shown(name)!r}", f"rename it to {right}"
        yield Problem("intake.column-renamed", what, mend, value=shown(name), expected=right, line=line, place=right)
    for name in columns.required:
        if name not in header and name not in guesses.values():
            mend = f"add the column {name}; columns may stand in any order"
            yield Problem("intake.column-missing", f"the column {name} is missing", mend, line=line, place=name)
    yield from _unknown(
        line, [name for name in dict.fromkeys(header) if name not in columns.all and name not in guesses]
    )


def _unknown(line: int, names: list[str], most: int = _MOST_TOLD) -> Iterator[Problem]:
    mend = "remove the column: it is not needed, and it could hold personal data"
    for name in names[:most]:
        what = f"the column {shown(name)!r} does not belong in this file" if name.strip() else "a column has no name"
        yield Problem("intake.column-unknown", what, mend, value=shown(name), line=line)
    if len(names) > most:
        what = f"{len(names) - most} more columns do not belong in this file"
        yield Problem("intake.column-unknown", what, mend, line=line)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


def _guesses(header: Sequence[str], columns: Columns) -> dict[str, str]:
    """Names in the file that are probably a column it lacks, each column guessed at most once."""
    absent = {_plain(name): name for name in columns.all if name not in header}
    guesses: dict[str, str] = {}
    for name in [name for name in header if name not in columns.all][:200]:
        if close := difflib.get_close_matches(_plain(name)[:100], absent, n=1, cutoff=0.75):
            guesses[name] = absent.pop(close[0])
    return guesses


def _other_delimiter(header: Sequence[str], columns: Columns) -> str | None:
    text = ",".join(header)[:10_000]
    for delimiter in _OTHER_DELIMITERS:
        names = {
            _plain(name) for name in next(csv.reader([text.replace("\n", " ").replace("\r", " ")], delimiter=delimiter))
        }
        if len(names & {_plain(name) for name in columns.all}) >= 2:
            return delimiter
    return None


def places(header: Sequence[str], columns: Columns) -> tuple[int, ...]:
    """Where each of ``columns`` stands in a row; one that the file lacks stands just behind the last cell."""
    return tuple(header.index(name) if name in header else len(header) for name in columns.all)
