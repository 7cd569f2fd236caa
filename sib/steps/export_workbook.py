"""arrows: a contract's schedule as an Excel workbook whose waterfall and returns are reckoned by its own formulas."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sib.errors import Missing, NotValid, Problem
from sib.finance.many_money import whole_weights
from sib.finance.many_waterfall import not_simple
from sib.money import exponent
from sib.steps.export_schedule import Scheduled, rows
from sib.terms.base import value_on
from sib.terms.conditions import OnOrAfter
from sib.terms.contract import Contract
from sib.terms.finance import WaterfallStep

FIRST = 3
"""The first row with figures, below two rows of heads."""
Cells = dict[str, Any]


def write_workbook(found: Scheduled, file: Path) -> None:
    """Write the workbook: every flow; and the waterfall in formulas, where it is principal and shares of what is left.

    Change a receipt or a drawdown and all else follows. Where a step pays several side by side, the last of them has
    what rounding leaves, so that a tranche may differ by some minor units from what is paid. Raises NotValid where a
    waterfall has other steps, Missing where there is no such folder.
    """
    from openpyxl import Workbook

    if file.suffix != ".xlsx":
        raise NotValid(Problem("excel.ending", f"{file.name} does not end in .xlsx", "end its name in .xlsx"))
    if not file.parent.is_dir():
        raise Missing(Problem("file.absent", f"there is no folder {file.parent}", "make it first", file=str(file)))
    if why := not_simple(found.contract):
        what = f"the waterfall has more than principal and shares of what is left: {'; '.join(why)}"
        raise NotValid(Problem("excel.waterfall", what, "take --csv: its figures are those of the engine"))
    book = Workbook()
    flows = book.active
    flows.title = "Flows"
    for row in _typed(found):
        flows.append(row)
    sheet = book.create_sheet("Waterfall")
    for place, value in waterfall_cells(found).items():
        sheet[place] = value
        if place.startswith("A") and isinstance(value, date):
            sheet[place].number_format = "yyyy-mm-dd"
    sheet.freeze_panes = f"B{FIRST}"
    book.save(file)


def _typed(found: Scheduled) -> Iterator[list[Any]]:
    """The rows of the CSV with dates as dates and amounts as numbers; text that looks like a formula stays text."""
    heads, *lines = rows(found)
    yield list(heads)
    for on, *words, amount, currency in lines:
        yield [date.fromisoformat(on), *(_text(word) for word in words), float(amount), currency]


def _text(word: str) -> str:
    return f"'{word}" if word[:1] in ("=", "+", "-", "@") else word


def waterfall_cells(found: Scheduled) -> Cells:
    """Every cell of the waterfall by its place; a row a day, formulas in the words of every spreadsheet."""
    return _Sheet(found).cells()


def _column(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number))


class _Sheet:
    """The layout: date, receipt; by tranche what it pays in and has out; by step who has what and what is left."""

    def __init__(self, found: Scheduled) -> None:
        self.contract: Contract = found.contract
        self.scale = 10 ** exponent(found.contract.contract.currency)
        self.places = exponent(found.contract.contract.currency)
        self.days = sorted({each.on for each in found.entries})
        self.receipts: dict[date, int] = dict.fromkeys(self.days, 0)
        self.drawn: dict[tuple[date, str], int] = {}
        for each in found.entries:
            if each.tranche is None:
                self.receipts[each.on] -= each.amount
            elif each.kind == "drawdown":
                self.drawn[each.on, each.tranche] = self.drawn.get((each.on, each.tranche), 0) - each.amount
        self.heads: list[tuple[str, str]] = [("", "date"), ("", "receipt")]
        names = [tranche.id for tranche in self.contract.tranche]
        self.at: dict[tuple[str, str], str] = {}
        for name in names:
            self._place("pays in", name)
            self._place("out before", name)
        for number, step in enumerate(self.contract.waterfall, 1):
            for share in step.to:
                self._place(f"step {number} {step.pays}", share.tranche)
            self._place(f"step {number}", "left")
        for name in names:
            self._place("principal", name)
            self._place("return", name)
            self._place("net", name)
        self.last = FIRST + len(self.days) - 1

    def _place(self, above: str, name: str) -> None:
        self.heads.append((above, name))
        self.at[above, name] = _column(len(self.heads))

    def cells(self) -> Cells:
        cells: Cells = {}
        for place, (above, name) in enumerate(self.heads, 1):
            cells[f"{_column(place)}1"], cells[f"{_column(place)}2"] = above, name
        for row, day in enumerate(self.days, FIRST):
            cells[f"A{row}"], cells[f"B{row}"] = day, self.receipts[day] / self.scale
            for tranche in self.contract.tranche:
                cells |= self._balance(row, day, tranche.id)
            left = f"B{row}"
            for number, step in enumerate(self.contract.waterfall, 1):
                cells |= self._step(number, step, row, left)
                left = f"{self.at[f'step {number}', 'left']}{row}"
            for tranche in self.contract.tranche:
                cells |= self._outcome(row, tranche.id)
        return {**cells, **self._returns()}

    def _balance(self, row: int, day: date, name: str) -> Cells:
        pays, out, back = (self.at[key, name] for key in ("pays in", "out before", "principal"))
        before = f"{out}{row - 1}-{back}{row - 1}+" if row > FIRST else ""
        return {f"{pays}{row}": self.drawn.get((day, name), 0) / self.scale, f"{out}{row}": f"={before}{pays}{row}"}

    def _principal_before(self, number: int, name: str, row: int) -> str:
        """What earlier steps of the row repaid of a tranche's principal, to be taken off."""
        said = ""
        for earlier, step in enumerate(self.contract.waterfall[: number - 1], 1):
            if name in [each.tranche for each in step.to] and step.pays in ("principal", "principal and return"):
                cell = f"{self.at[f'step {earlier} {step.pays}', name]}{row}"
                out = f"{self.at['out before', name]}{row}"
                said += f"-{cell}" if step.pays == "principal" else f"-MIN({cell},{out}{said})"
        return said

    def _step(self, number: int, step: WaterfallStep, row: int, left: str) -> Cells:
        key, names = f"step {number} {step.pays}", [each.tranche for each in step.to]
        mine = {name: f"{self.at[key, name]}{row}" for name in names}
        within = self._within(number, step, row, left)
        due = {
            name: f"({self.at['out before', name]}{row}{self._principal_before(number, name, row)})" for name in names
        }
        if step.pays == "principal":
            whole = "+".join(due.values())
            within, weights = f"MIN({within},{whole})", [f"{due[name]}/MAX({whole},1E-9)" for name in names]
        else:
            shares = whole_weights([each.share for each in step.to])
            weights = [f"{share}/{sum(shares)}" for share in shares]
        cells: Cells = {}
        for place, name in enumerate(names):
            part = f"ROUND({within}*{weights[place]},{self.places})"
            if place == len(names) - 1:
                part = "-".join([within, *(mine[other] for other in names[:-1])])
            cells[mine[name]] = f"={self._from(step, row, part)}"
        cells[f"{self.at[f'step {number}', 'left']}{row}"] = f"={left}-{'-'.join(mine.values())}"
        return cells

    def _from(self, step: WaterfallStep, row: int, part: str) -> str:
        if not isinstance(step.condition, OnOrAfter):
            return part
        day = step.condition.day
        return f"IF(A{row}>=DATE({day.year},{day.month},{day.day}),{part},0)"

    def _within(self, number: int, step: WaterfallStep, row: int, left: str) -> str:
        """What a step may take of what is left."""
        limits = step.amount if step.pays == "fee" else step.at_most
        most = value_on(limits, self.days[row - FIRST]) if limits else None
        if most is None:
            return left
        before = [
            f"SUM({column}{FIRST - 1}:{column}{row - 1})"
            for column in (self.at[f"step {number} {step.pays}", each.tranche] for each in step.to)
        ]
        return f"MIN({left},MAX(0,{float(most)}-{'-'.join(before)}))"

    def _outcome(self, row: int, name: str) -> Cells:
        every = [
            f"{self.at[f'step {number} {step.pays}', name]}{row}"
            for number, step in enumerate(self.contract.waterfall, 1)
            if name in [each.tranche for each in step.to]
        ]
        pays, back, more, net = (f"{self.at[key, name]}{row}" for key in ("pays in", "principal", "return", "net"))
        repaid = self._principal_before(len(self.contract.waterfall) + 1, name, row)
        return {
            back: f"=0{'+'.join(['', *_terms(repaid)])}",
            more: f"={'+'.join(every) or '0'}-{back}",
            net: f"={back}+{more}-{pays}",
        }

    def _returns(self) -> Cells:
        """Below the table: paid in, paid out, MOIC and XIRR of every tranche that pays in."""
        cells: Cells = {f"A{self.last + 2}": "paid in", f"A{self.last + 3}": "paid out"}
        cells |= {f"A{self.last + 4}": "MOIC", f"A{self.last + 5}": "XIRR"}
        for tranche in self.contract.tranche:
            if not any(name == tranche.id for _, name in self.drawn):
                continue
            pays, net = (self.at[key, tranche.id] for key in ("pays in", "net"))
            # a spreadsheet's XIRR goes wrong where its first amount is nought
            first = next(row for row, day in enumerate(self.days, FIRST) if (day, tranche.id) in self.drawn)
            span = {key: f"{key}{first}:{key}{self.last}" for key in ("A", pays, net)}
            row = self.last + 2
            cells[f"{net}{row}"] = f"=SUM({span[pays]})"
            cells[f"{net}{row + 1}"] = f"=SUM({span[net]})+{net}{row}"
            cells[f"{net}{row + 2}"] = f"={net}{row + 1}/{net}{row}"
            cells[f"{net}{row + 3}"] = f"=XIRR({span[net]},{span['A']})"
        return cells


def _terms(taken_off: str) -> list[str]:
    """``-A1-MIN(B1,C1-A1)`` as its terms, A1 and MIN(B1,C1-A1)."""
    found, depth = [""], 0
    for sign in taken_off[1:]:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "-" and depth == 0:
            found.append("")
        else:
            found[-1] += sign
    return [term for term in found if term]
