"""store: a file that was handed over stays as it was, under the hash of its bytes."""

import hashlib
import stat

import pytest

from sib.errors import Missing
from sib.store.landing import open_landing

BYTES = b"claim_id,person\nC-1,943\n"
SHA = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def landing(sqlite_settings):
    return open_landing(sqlite_settings)


def test_bytes_and_files_are_kept_under_their_hash_read_only(landing, tmp_path):
    file = tmp_path / "claims.csv"
    file.write_bytes(BYTES)
    assert landing.keep(file) == landing.keep(BYTES) == SHA
    kept = landing.path_of(SHA)
    assert kept.read_bytes() == BYTES
    assert stat.S_IMODE(kept.stat().st_mode) == 0o444
    assert [path.name for path in landing.folder.rglob("*") if path.is_file()] == [SHA]


def test_the_kept_file_is_a_copy_that_does_not_follow_its_source(landing, tmp_path):
    file = tmp_path / "claims.csv"
    file.write_bytes(BYTES)
    landing.keep(file)
    file.write_bytes(b"something else")
    assert landing.path_of(SHA).read_bytes() == BYTES
    assert landing.problems() == []


def test_what_is_kept_is_not_written_again(landing):
    landing.keep(BYTES)
    before = landing.path_of(SHA).stat()
    landing.keep(BYTES)
    after = landing.path_of(SHA).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_an_empty_file_and_a_large_one_are_kept_too(landing):
    for content in (b"", b"x" * (3 << 20)):
        assert landing.path_of(landing.keep(content)).read_bytes() == content


def test_a_source_that_cannot_be_read_leaves_nothing_behind(landing, tmp_path):
    with pytest.raises(Missing, match="No such file"):
        landing.keep(tmp_path / "absent.csv")
    assert [path for path in landing.folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc/passwd", "", SHA[:63]])
def test_what_is_not_kept_is_told(landing, sha256):
    landing.keep(BYTES)
    with pytest.raises(Missing, match="does not hold"):
        landing.path_of(sha256)


def test_a_kept_file_that_was_changed_is_found(landing):
    landing.keep(BYTES)
    landing.keep(b"another")
    path = landing.path_of(SHA)
    path.chmod(0o644)
    path.write_bytes(BYTES.replace(b"C-1", b"C-2"))
    (problem,) = landing.problems()
    assert (problem.code, problem.expected) == ("landing.changed", SHA)
