"""store: pseudonyms that nobody without the key can work out, and another one for each contract."""

import hashlib
import hmac
import stat
import threading

import pytest

from sib.errors import NotValid
from sib.store.keys import FROM_ENVIRONMENT, Keys, open_keys

MASTER = "00112233445566778899aabbccddeeff" * 2


@pytest.fixture(autouse=True)
def no_key_from_outside(monkeypatch):
    monkeypatch.delenv(FROM_ENVIRONMENT, raising=False)


def test_a_pseudonym_is_keyed_twice_as_it_is_written_down(monkeypatch, sqlite_settings):
    monkeypatch.setenv(FROM_ENVIRONMENT, MASTER)
    own = hmac.new(bytes.fromhex(MASTER), b"sib pseudonym 1\x00denver", hashlib.sha256).digest()
    expected = hmac.new(own, b"943 476 5919", hashlib.sha256).hexdigest()[:32]
    assert open_keys(sqlite_settings).pseudonym("denver", "943 476 5919") == expected
    assert not sqlite_settings.keys.exists()


def test_the_same_person_is_somebody_else_in_every_contract_and_under_every_key():
    keys, others = Keys(bytes(32)), Keys(bytes(31) + b"\x01")
    pseudonyms = [
        keys.pseudonym("a", "p"),
        keys.pseudonym("b", "p"),
        keys.pseudonym("a", "q"),
        others.pseudonym("a", "p"),
    ]
    assert len(set(pseudonyms)) == 4
    assert {len(one) for one in pseudonyms} == {32}
    assert keys.pseudonym("a", "p") == pseudonyms[0]


def test_the_key_is_made_once_for_its_owner_only(sqlite_settings):
    first = open_keys(sqlite_settings).pseudonym("denver", "p")
    (file,) = sqlite_settings.keys.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(sqlite_settings.keys.stat().st_mode) == 0o700
    assert open_keys(sqlite_settings).pseudonym("denver", "p") == first


def test_programs_that_make_the_key_at_once_agree_on_one(sqlite_settings):
    start, made = threading.Barrier(8), []

    def make() -> None:
        start.wait()
        made.append(open_keys(sqlite_settings).pseudonym("denver", "p"))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(set(made))) == (8, 1)
    assert len(list(sqlite_settings.keys.iterdir())) == 1


def test_a_key_that_others_can_read_is_not_used(sqlite_settings):
    open_keys(sqlite_settings)
    (file,) = sqlite_settings.keys.iterdir()
    file.chmod(0o640)
    with pytest.raises(NotValid, match="chmod 600") as wrong:
        open_keys(sqlite_settings)
    assert file.read_text().strip() not in str(wrong.value)


@pytest.mark.parametrize("key", ["short", "g" * 64, "a" * 63, "a" * 65])
def test_a_key_of_another_form_is_refused_and_never_shown(monkeypatch, sqlite_settings, key):
    monkeypatch.setenv(FROM_ENVIRONMENT, key)
    with pytest.raises(NotValid, match="64 hexadecimal digits") as wrong:
        open_keys(sqlite_settings)
    assert key not in str(wrong.value)


def test_a_damaged_key_file_is_told_and_not_replaced(sqlite_settings):
    open_keys(sqlite_settings)
    (file,) = sqlite_settings.keys.iterdir()
    file.write_text("damaged")
    with pytest.raises(NotValid):
        open_keys(sqlite_settings)
    assert file.read_text() == "damaged"


def test_keys_do_not_print_themselves():
    assert MASTER not in repr(Keys(bytes.fromhex(MASTER)))
    assert repr(Keys(bytes(32))) == "Keys()"


def test_nobody_is_called_nothing():
    with pytest.raises(NotValid, match="no identifier"):
        Keys(bytes(32)).pseudonym("denver", "")
