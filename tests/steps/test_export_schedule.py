"""steps: dated flows put together, as CSV, in ILPA's shape, and as a workbook that reckons for itself."""

import csv
import json
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sib.errors import Missing, NotValid
from sib.finance.schedule import Entry
from sib.steps.export_schedule import (
    Scheduled,
    as_dict,
    happened,
    in_words,
    schedule_of,
    together,
    write_csv,
    write_ilpa,
)
from sib.steps.export_workbook import waterfall_cells, write_workbook
from sib.steps.house import House, registered
from sib.xirr import xirr
from tests.finance.deals import INTEREST, step, tranche
from tests.payments.small import pay, price
from tests.steps.forecasts import JUNIOR, SENIOR, bond

NSW = Path(__file__).resolve().parents[2] / "contracts" / "nsw_employment"
PLAN = {
    "id": "one",
    "name": "One",
    "agreed_on": date(2020, 1, 1),
    "payments": [{"on": date(2020, 12, 31), "amount": "900", "payer": "first"}],
    "flows": [{"on": date(2020, 12, 31), "tranche": "senior", "paid_out": "900"}],
}
STEPS = [
    step("fee", "junior", amount="60", id="a"),
    step("principal", {"senior": "1", "junior": "1"}, id="b", at_most="3000"),
    step("principal and return", "junior", id="c", condition={"kind": "on or after", "day": date(2021, 6, 1)}),
    step("surplus", {"senior": "1", "junior": "3"}, id="d"),
]
IDLE = tranche("idle")


def found() -> Scheduled:
    return together(bond(waterfall=STEPS, plan=[PLAN], tranche=[SENIOR, JUNIOR, IDLE]))


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_every_flow_in_a_row(tmp_path: Path) -> None:
    write_csv(found(), tmp_path / "flows.csv")
    rows = read(tmp_path / "flows.csv")
    expected = [row for row in rows if row["state"] == "expected"]
    paid = sum(float(row["amount"]) for row in expected if row["kind"] == "payment")
    handed = sum(float(row["amount"]) for row in expected if row["tranche"] and row["kind"] != "drawdown")
    assert paid == -handed == pytest.approx(-4000), "80 jobs at 10, 2,400 homes at 0.50, 2,000 for a score of 8"
    assert [row["amount"] for row in expected if row["kind"] == "drawdown"] == ["-4000.00", "-1000.00"]
    assert {row["plan"] for row in rows if row["state"] == "planned"} == {"one"}
    assert rows[0]["year"] == "2019/20", "10 January 2020, in the year that began in April 2019"


def test_ilpa_shape_has_running_totals(tmp_path: Path) -> None:
    write_ilpa(found(), tmp_path / "ilpa.csv")
    rows = read(tmp_path / "ilpa.csv")
    assert rows[0]["Transaction Type"] == "Capital Call: Investment"
    for name in ("senior", "junior"):
        mine = [row for row in rows if row["Class"] == name]
        given = sum(float(row["Amount"]) for row in mine if row["Transaction Type"].startswith("Distribution"))
        assert float(mine[-1]["Distributed To Date"]) == pytest.approx(given)
        called = float(mine[-1]["Called To Date"])
        assert float(mine[-1]["DPI To Date"]) == pytest.approx(given / called, abs=1e-4)
        assert float(mine[-1]["Unfunded Commitment"]) == float(mine[-1]["Commitment"]) - called
    never = bond(tranche=[tranche("own")], waterfall=[step("surplus", "own")])
    write_ilpa(together(never), tmp_path / "own.csv")
    assert {row["DPI To Date"] for row in read(tmp_path / "own.csv")} == {""}


def test_words_and_json_agree() -> None:
    told, said = as_dict(found()), in_words(found())
    assert json.loads(json.dumps(told)) == told
    assert told["sums"]["payer"] == {"first": {"expected": "-4000.00"}}
    assert "first                    expected -4,000.00" in said
    assert told["returns"]["tranches"]["senior"]["residual"] == "0.00", "the term is over"
    assert told["known_until"] is None
    assert told["against_plans"] == []


def test_without_a_forecast_there_are_drawdowns_and_what_is_out_is_worth_its_face() -> None:
    terms = bond().model_copy(update={"forecast": None})
    alone = together(terms)
    assert [each.kind for each in alone.entries] == ["drawdown", "drawdown"]
    assert alone.tranches["senior"].tvpi == 1
    assert "returns, what is drawn and not repaid at its face" in in_words(alone)


def test_what_happened_comes_first_and_stands_beside_the_plans() -> None:
    terms = bond(plan=[PLAN])
    until = date(2020, 12, 31)
    paid = Entry(until, "first", None, "payment", -80_000, "actual")
    given = Entry(until, "provider", "senior", "principal", 80_000, "actual")
    both = together(terms, (paid, given))
    assert both.known_until == until
    assert min(each.on for each in both.entries if each.state == "expected") > until
    assert as_dict(both)["against_plans"] == [
        {"id": "first", "actual": "800.00", "original": "900.00", "current": "900.00"},
        {"id": "senior", "actual": "800.00", "original": "900.00", "current": "900.00"},
    ]
    assert "what happened until 2020-12-31, then what is expected" in in_words(both)
    assert "paid until 2020-12-31, and by then planned" in in_words(both)


def test_what_the_register_holds_is_what_happened(settled: House) -> None:
    terms = registered(settled, "nsw_employment").agreed.contract
    actual = happened(settled, terms)
    assert {each.kind for each in actual} >= {"payment", "drawdown", "principal"}
    paid = -sum(each.amount for each in actual if each.tranche is None)
    handed = sum(each.amount for each in actual if each.tranche and each.kind != "drawdown")
    assert paid == handed > 0, "the whole receipt is the fund's"
    drawn = [each.amount for each in actual if each.kind == "drawdown"]
    assert drawn == [-24_000_000]


def test_a_path_is_read_with_or_without_the_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIB_HOME", str(tmp_path / "home"))
    without, with_it = schedule_of(NSW), schedule_of(NSW, register=True)
    assert without.entries == with_it.entries, "an empty register adds nothing"


# the workbook


class Reckoner:
    """As much of a spreadsheet as the workbook needs."""

    def __init__(self, cells: dict[str, Any]) -> None:
        self.cells, self.known = cells, dict[str, Any]()

    def value(self, place: str) -> Any:
        if place not in self.known:
            held = self.cells.get(place)
            self.known[place] = self.formula(held[1:]) if isinstance(held, str) and held.startswith("=") else held
        return self.known[place]

    def range(self, first: str, last: str) -> list[Any]:
        column, start, end = first.rstrip("0123456789"), *(int(re.sub(r"\D", "", each)) for each in (first, last))
        return [self.value(f"{column}{row}") for row in range(start, end + 1)]

    def formula(self, text: str) -> Any:
        code = re.sub(r"([A-Z]+[0-9]+):([A-Z]+[0-9]+)", r"RANGE('\1','\2')", text)
        code = re.sub(r"(?<!')\b([A-Z]{1,2}[0-9]+)\b(?!')", r"VALUE('\1')", code)
        words = {
            "VALUE": lambda place: self.value(place) or 0,
            "RANGE": self.range,
            "SUM": lambda values: sum(each for each in values if isinstance(each, int | float)),
            "ROUND": lambda value, places: round(value + 1e-9, places),
            "IF": lambda asked, one, other: one if asked else other,
            "DATE": date,
            "MIN": min,
            "MAX": max,
            "XIRR": lambda values, days: xirr([(d, round(v * 100)) for d, v in zip(days, values, strict=True)]).rate,
        }
        return eval(code, {"__builtins__": {}}, words)


def test_the_formulas_give_what_the_engine_gives() -> None:
    scheduled = found()
    cells = waterfall_cells(scheduled)
    reckoner = Reckoner(cells)
    heads = {(cells[f"{column}1"], cells[f"{column}2"]): column for column in _columns(cells)}
    days = sorted({each.on for each in scheduled.entries})
    assert [cells[f"A{row}"] for row in range(3, 3 + len(days))] == days
    for row, day in enumerate(days, 3):
        for name in ("senior", "junior", "idle"):
            for kind in ("principal", "return"):
                exact = sum(
                    each.amount for each in scheduled.entries if (each.on, each.tranche, each.kind) == (day, name, kind)
                )
                got = reckoner.value(f"{heads[kind, name]}{row}")
                assert got * 100 == pytest.approx(exact, abs=1.01), (day, name, kind)
    net, last = heads["net", "senior"], 2 + len(days)
    returns = scheduled.tranches["senior"]
    assert reckoner.value(f"{net}{last + 2}") == 4000
    assert reckoner.value(f"{net}{last + 4}") == pytest.approx(float(returns.moic or 0), abs=1e-5)
    assert reckoner.value(f"{net}{last + 5}") == pytest.approx(returns.rate.rate, abs=1e-5)
    assert f"{heads['net', 'idle']}{last + 2}" not in cells, "who pays nothing in has no return"


def _columns(cells: dict[str, Any]) -> list[str]:
    return [place[:-1] for place in cells if re.fullmatch(r"[A-Z]+1", place)]


def test_the_workbook_opens_again(tmp_path: Path) -> None:
    file = tmp_path / "w.xlsx"
    write_workbook(found(), file)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Flows", "Waterfall"]
    assert book["Waterfall"]["B3"].value == 0
    formulas = [cell.value for row in book["Waterfall"].iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert any("XIRR" in formula for formula in formulas)
    assert not any("#" in formula for formula in formulas)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_libreoffice_reckons_the_same(tmp_path: Path) -> None:
    file = tmp_path / "w.xlsx"
    write_workbook(found(), file)
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"
    command = ["soffice", "--headless", "--convert-to", form]
    subprocess.run([*command, "--outdir", str(tmp_path), str(file)], check=True, capture_output=True)
    text = next(tmp_path.glob("*.csv")).read_text(encoding="utf-8")
    assert "Err:" not in text
    assert "#" not in text


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    scheduled = found()
    odd = scheduled.contract.model_copy(
        update={"tranche": tuple(each.model_copy(update={"party": "=1+1"}) for each in scheduled.contract.tranche)}
    )
    write_workbook(together(odd), tmp_path / "w.xlsx")
    parties = [cell.value for cell in openpyxl.load_workbook(tmp_path / "w.xlsx")["Flows"]["E"]]
    assert "'=1+1" in parties


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    loan = tranche("senior", drawdowns=SENIOR["drawdowns"], interest=INTEREST)
    other = bond(tranche=[loan, JUNIOR], waterfall=[step("interest", id="i"), step("principal", id="p")])
    with pytest.raises(NotValid, match="step 1"):
        write_workbook(together(other), tmp_path / "w.xlsx")
    with pytest.raises(NotValid, match=r"does not end in \.xlsx"):
        write_workbook(found(), tmp_path / "w.xls")
    with pytest.raises(Missing, match="there is no folder"):
        write_workbook(found(), tmp_path / "none" / "w.xlsx")
    with pytest.raises(Missing, match="there is no folder"):
        write_csv(found(), tmp_path / "none" / "w.csv")


def test_a_contract_without_tranches_has_payments_only() -> None:
    bare = together(bond(pay(price("homes", "0.50"), "h", "homes"), tranche=[], waterfall=[]))
    assert {each.kind for each in bare.entries} == {"payment"}
    assert bare.tranches == {}
