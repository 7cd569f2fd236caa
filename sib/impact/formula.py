"""impact: the tiny language of covariates: a name, a power or product in I(...), a comparison; nothing else."""

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Cohort, Floats, Groups

Coding = Literal["contrast", "balance", "distance"]
"""How words become numbers: all levels but the first; all levels (one if there are two); all levels over root two."""

_BINARY: dict[type[ast.operator], Callable[[Floats, Floats], Floats]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Floats, Floats], np.ndarray]] = {
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
_CALLS: dict[str, Callable[[Floats], Floats]] = {
    "I": np.positive,
    "log": np.log,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "abs": np.abs,
}
_TOKEN = re.compile(
    r"(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>[=!<>]=|[<>+*-])|(?P<tight>[()^/])"
)
_OPENING = frozenset({"(", "^", "/", "+", "-", "*", "<", ">", "==", "!=", "<=", ">="})
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Design:
    """Columns ready for a model or a table: p named columns of n numbers each (flags kept as single bytes)."""

    names: tuple[str, ...]
    columns: tuple[np.ndarray, ...]

    @property
    def size(self) -> int:
        """People."""
        return len(self.columns[0]) if self.columns else 0

    def matrix(self, rows: slice | np.ndarray = slice(None)) -> Floats:
        """The chosen rows as an (n, p) array, stored column after column."""
        picked = [column[rows] for column in self.columns]
        out = np.empty((len(self.columns), len(picked[0]) if picked else 0))
        for place, column in zip(out, picked, strict=True):
            place[:] = column
        return out.T


def read_formula(text: str) -> tuple[str, tuple[str, ...]]:
    """The treatment and the terms of ``treat ~ age + I(age^2)``; ``NotValid`` for anything else."""
    left, tilde, right = text.partition("~")
    if not tilde or not right.strip():
        raise NotValid(_problem(text, "write it as treatment ~ covariate + covariate"))
    return left.strip(), tuple(term.strip() for term in _split_plus(right))


def check_expressions(texts: Iterable[str]) -> list[Problem]:
    """What is wrong with these terms, before there is any data."""
    problems: list[Problem] = []
    for text in texts:
        try:
            _parse(text)
        except NotValid as wrong:
            problems += wrong.problems
    return problems


def names_in(text: str) -> frozenset[str]:
    """The covariates that an expression uses."""
    return frozenset(node.id for node in ast.walk(_parse(text)) if isinstance(node, ast.Name)) - _CALLS.keys()


def derive(cohort: Cohort, derived: Mapping[str, str]) -> Cohort:
    """The cohort with the derived covariates, ``u74 = "re74 == 0"``; a comparison gives 1 or 0."""
    for name, text in derived.items():
        cohort = cohort.with_column(name, _number(cohort, text))
    return cohort


def design(cohort: Cohort, terms: Sequence[str], coding: Coding) -> Design:
    """The terms as columns, named as R names them: ``age``, ``I(age^2)``, ``raceblack``.

    Raises ``NotValid`` with every term that does not parse, is not in the cohort or is not finite for somebody.
    """
    names: list[str] = []
    columns: list[np.ndarray] = []
    problems: list[Problem] = []
    for term in terms:
        try:
            for name, column in _columns(cohort, term, coding):
                names.append(name)
                columns.append(column)
        except NotValid as wrong:
            problems += wrong.problems
    if problems:
        raise NotValid(problems)
    return Design(tuple(names), tuple(columns))


def _columns(cohort: Cohort, term: str, coding: Coding) -> list[tuple[str, np.ndarray]]:
    node = _parse(term)
    if isinstance(node, ast.Name):
        column = cohort.column(node.id)
        if isinstance(column, Groups):
            return _level_columns(node.id, column, coding)
        return [(node.id, column)]
    return [(_write(term), _number(cohort, term))]


def _level_columns(name: str, column: Groups, coding: Coding) -> list[tuple[str, np.ndarray]]:
    levels = list(enumerate(column.levels))
    if coding == "contrast" or (coding == "balance" and len(levels) == 2):
        levels = levels[1:]
    flags = [(name + level, column.codes == code) for code, level in levels]
    if coding == "distance":
        return [(label, flag / np.sqrt(2.0)) for label, flag in flags]
    return [(label, flag.view(np.uint8)) for label, flag in flags]


def _number(cohort: Cohort, text: str) -> Floats:
    with np.errstate(all="ignore"):
        value = _evaluate(cohort, _parse(text))
    column = np.broadcast_to(np.asarray(value, dtype=np.float64), (cohort.size,))
    wrong = int((~np.isfinite(column)).sum())
    if wrong:
        raise NotValid(_problem(text, "write an expression with a value for everybody", f"no value for {wrong} people"))
    return column


def _evaluate(cohort: Cohort, node: ast.expr) -> Floats:
    match node:
        case ast.Constant(value=int() | float() as number):
            return np.full(1, float(number))
        case ast.Name(id=name):
            return cohort.numbers(name)
        case ast.UnaryOp(operand=operand):
            return -_evaluate(cohort, operand)
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_evaluate(cohort, left), _evaluate(cohort, right))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _COMPARE[type(op)](_evaluate(cohort, left), _evaluate(cohort, right)).astype(np.float64)
    call = cast("ast.Call", node)
    argument = _evaluate(cohort, call.args[0])
    return _CALLS[cast("ast.Name", call.func).id](argument)


def _write(text: str) -> str:
    """The expression as R prints it: brackets as given, no spaces round a power or a division, one round the rest."""
    out = ""
    before = "("
    for found in _TOKEN.finditer(text.replace("**", "^")):
        sign = found.group()
        if found.lastgroup == "number":
            sign = f"{float(sign):.15g}"
        minus = sign == "-" and before in _OPENING
        out += f" {sign} " if found.lastgroup == "sign" and not minus else sign
        before = sign
    return out


def _parse(text: str) -> ast.expr:
    """The expression's tree, with only the allowed words in it; ``NotValid`` otherwise."""
    if len(text) > _LONGEST:
        raise NotValid(_problem(text, "split it into shorter derived covariates"))
    try:
        node = ast.parse(text.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotValid(_problem(text)) from None
    for part in ast.walk(node):
        if isinstance(part, ast.expr) and not _allowed(part):
            raise NotValid(_problem(text))
    return node


def _allowed(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ast.Name(id=name):
            return name.isascii()
        case ast.UnaryOp(op=op):
            return isinstance(op, ast.USub)
        case ast.BinOp(op=operator):
            return type(operator) in _BINARY
        case ast.Compare(ops=[comparison]):
            return type(comparison) in _COMPARE
        case ast.Call(func=ast.Name(id=name), args=[_], keywords=[]):
            return name in _CALLS
    return False


def _split_plus(text: str) -> list[str]:
    """Split at the plus signs that stand outside brackets."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == "+" and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _problem(text: str, mend: str = "", what: str = "") -> Problem:
    return Problem(
        code="impact.expression",
        what=what or "this is not an expression that a plan may use",
        value=text[:_LONGEST],
        expected="a covariate's name, I(age^2), I(educ * re74), log(income + 1) or re74 == 0",
        mend=mend or "use names, numbers, + - * / ^, one comparison, log, sqrt, exp, abs and brackets only",
    )
