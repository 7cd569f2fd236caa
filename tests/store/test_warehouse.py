"""store: page tables are published whole or not at all, and readers never wait or reach beyond them."""

import os
import threading

import duckdb
import pytest

from sib.errors import Missing
from sib.store.warehouse import KEPT, Warehouse, open_warehouse


@pytest.fixture
def warehouse(sqlite_settings):
    with open_warehouse(sqlite_settings) as opened:
        yield opened


def with_value(value: int):
    def build(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("CREATE TABLE page (value INTEGER, double INTEGER)")
        connection.execute("INSERT INTO page VALUES (?, ?)", [value, 2 * value])

    return build


def published(warehouse) -> list[str]:
    return sorted(path.name for path in warehouse.current().parent.iterdir())


def test_before_anything_is_published_the_way_out_is_told(warehouse):
    with pytest.raises(Missing, match="sib demo"):
        warehouse.query("SELECT 1")


def test_readers_follow_the_pointer(warehouse):
    for value in (1, 2):
        path = warehouse.publish(with_value(value))
        assert warehouse.current() == path
        assert warehouse.query("SELECT value FROM page") == [{"value": value}]


def test_queries_take_parameters_in_both_forms(warehouse):
    warehouse.publish(with_value(7))
    assert warehouse.query("SELECT double FROM page WHERE value = ?", [7]) == [{"double": 14}]
    assert warehouse.query("SELECT double FROM page WHERE value = $v", {"v": 8}) == []


def test_whoever_reads_the_old_file_goes_on_reading_it(warehouse):
    warehouse.publish(with_value(0))
    with warehouse.read() as connection:
        for value in range(1, KEPT + 3):
            warehouse.publish(with_value(value))
            assert warehouse.query("SELECT value FROM page") == [{"value": value}]
        assert connection.execute("SELECT value FROM page").fetchall() == [(0,)]


def test_old_files_are_removed(warehouse):
    for value in range(KEPT + 3):
        warehouse.publish(with_value(value))
    names = published(warehouse)
    assert len(names) == KEPT + 1
    assert {"CURRENT", warehouse.current().name} <= set(names)


def test_a_build_that_fails_leaves_everything_as_it_was(warehouse):
    warehouse.publish(with_value(1))
    before = published(warehouse)

    def build(connection: duckdb.DuckDBPyConnection) -> None:
        with_value(2)(connection)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        warehouse.publish(build)
    assert published(warehouse) == before
    assert warehouse.query("SELECT value FROM page") == [{"value": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO page VALUES (1, 1)",
        "CREATE TABLE other (x INTEGER)",
        "DROP TABLE page",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY page TO '/tmp/sib-page.csv'",
        "ATTACH '/tmp/sib-other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
    ],
)
def test_a_page_can_neither_write_nor_reach_beyond_its_file(warehouse, sql):
    warehouse.publish(with_value(1))
    with pytest.raises(duckdb.Error):
        warehouse.query(sql)
    assert warehouse.query("SELECT value FROM page") == [{"value": 1}]


def test_readers_and_publishers_at_once_never_see_half_a_page(warehouse, sqlite_settings):
    warehouse.publish(with_value(0))
    errors: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            with open_warehouse(sqlite_settings) as own:
                while not done.is_set():
                    for reader in (own, warehouse):
                        (row,) = reader.query("SELECT value, double FROM page")
                        assert row["double"] == 2 * row["value"]
        except BaseException as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for value in range(1, 16):
        warehouse.publish(with_value(value))
    done.set()
    for reader in readers:
        reader.join()
    assert errors == []


def test_a_reader_whose_file_went_meanwhile_takes_the_next_one(warehouse):
    old = warehouse.publish(with_value(1))
    with Warehouse(old.parent) as late:
        pointers = iter([old.with_name("sib-0.duckdb"), old])
        late.current = lambda: next(pointers)
        assert late.query("SELECT value FROM page") == [{"value": 1}]


def test_a_published_file_that_is_gone_is_told(warehouse):
    warehouse.publish(with_value(1)).unlink()
    with pytest.raises(Missing, match="Publish them again"):
        warehouse.query("SELECT value FROM page")


def test_what_a_killed_publication_left_behind_is_removed_after_a_day(warehouse):
    warehouse.publish(with_value(1))
    left, fresh = (warehouse.current().with_name(f"sib-{name}.duckdb.tmp") for name in (1, 2))
    for draft in (left, fresh):
        draft.touch()
    os.utime(left, (0, 0))
    warehouse.publish(with_value(2))
    assert (left.exists(), fresh.exists()) == (False, True)


def test_a_closed_warehouse_opens_again_when_asked(warehouse):
    warehouse.publish(with_value(3))
    assert warehouse.query("SELECT value FROM page") == [{"value": 3}]
    warehouse.close()
    assert warehouse.query("SELECT value FROM page") == [{"value": 3}]
