"""Every page for every role, run as the browser would run it, on the published house."""

import html
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from published_house import DENVER, EMPTY, LEAVERS, NSW, PILOT, RATE_CARD
from streamlit.testing.v1 import AppTest

from dashboards.app import PAGES_OF
from sib.access import Role
from sib.settings import Settings

APP = Path(__file__).parents[2] / "dashboards" / "app.py"
Open = Callable[..., AppTest]


@pytest.fixture
def open_page(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open the app as one of the people, with what stands in the address."""
    monkeypatch.setenv("SIB_HOME", str(settings.home))

    def opened(person: str, contract: str, **address: str) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in {"as": person, "contract": contract, **address}.items():
            app.query_params[name] = value
        return app.run()

    return opened


def markup(app: AppTest) -> str:
    """Everything that the page puts on the screen as markup, without the style sheet."""
    assert not app.exception, app.exception
    bodies = [element.proto.body for element in app.get("html")]
    return "\n".join(body for body in bodies if not body.startswith("<style"))


def text(app: AppTest) -> str:
    """The words alone."""
    return html.unescape(re.sub(r"<[^>]+>", " ", markup(app)))


def words_in_order(said: str, *wanted: str) -> bool:
    places = [said.find(word) for word in wanted]
    return -1 not in places and places == sorted(places)


def test_the_banner_says_that_this_is_no_sign_in(open_page: Open) -> None:
    assert "Demonstration, not a sign-in." in text(open_page("officer-1", DENVER))


def test_the_commissioner_reads_the_answer_then_the_lines_then_why(open_page: Open) -> None:
    said = text(open_page("officer-1", DENVER))
    assert "The city owes  USD 5,724,978.40  for P5: authorised by Tomas Bielby, received on 29 July 2021." in said
    assert words_in_order(
        said, "The city owes", "What is owed for P5", "Why: from the amount", "To date", "How it was checked"
    )
    assert "41,070" in said and "15.12" in said and "620,978.40" in said and "5,104,000.00" in said
    assert "USD 9,638,911.36 (4 earlier statements and this one)" in said
    assert "illustrative" in said


def test_a_statement_can_be_linked(open_page: Open) -> None:
    app = open_page("officer-1", DENVER, statement=f"{DENVER}/P1")
    assert "USD 188,349.84  for P1" in text(app)
    assert "“reduction in jail days” has not been measured" in text(app)
    assert app.query_params["statement"] == f"{DENVER}/P1"


def test_another_statement_can_be_chosen(open_page: Open) -> None:
    app = open_page("officer-1", DENVER)
    app.selectbox(key="choose-statement").select(f"{DENVER}/P2").run()
    assert "USD 837,617.76  for P2" in text(app)


def test_an_address_of_a_statement_that_is_not_there_says_so(open_page: Open) -> None:
    assert "The address asks for nowhere" in text(open_page("officer-1", DENVER, statement="nowhere"))


def test_the_rate_card_comes_with_all_its_lines(open_page: Open) -> None:
    said = text(open_page("officer-1", LEAVERS))
    assert "GBP 1,871,540.00" in said
    for _, title, *_ in RATE_CARD:
        assert title in said
    assert "authorised, not yet received" in said


def test_the_investor_reads_sums_curve_tranches_and_flows(open_page: Open) -> None:
    app = open_page("investor", DENVER)
    said = text(app)
    assert "USD 9,638,911.36" in said and "1.12 times" in said and "3.1 %" in said
    assert words_in_order(
        said, "Investors paid in", "Investors had their money back", "Tranche by tranche", "Every dated flow"
    )
    assert len(app.get("vega_lite_chart")) == 1


def test_an_investor_finds_no_line_and_no_count(open_page: Open) -> None:
    said = text(open_page("investor", LEAVERS))
    for metric, title, price, claims, _ in RATE_CARD:
        assert title not in said
        assert metric not in said
        assert f"{price * claims:,}.00" not in said


def test_an_investor_finds_no_amount_that_tells_four_people(open_page: Open) -> None:
    said = text(open_page("investor", PILOT))
    assert "withheld" in said
    for amount in ("4,400.00", "45,100.00", "49,500.00", "117,700.00", "113,300.00"):
        assert amount not in said
    assert "68,200.00" in said


def test_the_evaluator_reads_estimate_seal_comparisons_balance_and_flow(open_page: Open) -> None:
    app = open_page("evaluator", NSW)
    said = text(app)
    assert "1,486.52 US dollars" in said and "between 201.09 and 2,771.94 with 95 % confidence" in said
    for amount in ("0.00", "259,000.00", "240,500.00", "314,500.00"):
        assert amount in said
    assert words_in_order(
        said, "What was sealed", "The sealed comparison pays", "After matching all 8", "From enrolment"
    )
    assert "green: alike" in said and "amber: nearly alike" in said
    assert len(app.get("vega_lite_chart")) == 3


@pytest.mark.parametrize("person", ["officer-1", "investor", "evaluator", "provider"])
@pytest.mark.parametrize("contract", [DENVER, LEAVERS, NSW, PILOT, EMPTY])
def test_every_role_opens_every_contract(open_page: Open, person: str, contract: str) -> None:
    assert "What this page was made from" in text(open_page(person, contract))


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("statement", "No statement has been drafted under this contract yet."),
        ("cash_flows", "No money has moved between the investors and this contract yet."),
        ("estimate", "No result has been measured under this contract"),
    ],
)
def test_a_contract_under_which_nothing_happened_says_so(open_page: Open, page: str, said: str) -> None:
    app = open_page("officer-1", EMPTY).switch_page(f"app_pages/{page}/page.py").run()
    assert said in text(app)


def test_a_commissioner_can_open_all_three_pages(open_page: Open) -> None:
    for page, said in (("cash_flows", "Cash flows of the investors"), ("estimate", "Estimate of the effect")):
        app = open_page("officer-1", NSW).switch_page(f"app_pages/{page}/page.py").run()
        assert said in text(app)


def test_choosing_other_eyes_shows_their_page(open_page: Open) -> None:
    app = open_page("officer-1", NSW)
    app.selectbox(key="choose-as").select("investor").run()
    said = text(app)
    assert "Cash flows of the investors" in said
    assert "Statement of what is owed" not in said


def test_choosing_another_contract_shows_it(open_page: Open) -> None:
    app = open_page("officer-1", DENVER, statement=f"{DENVER}/P1")
    app.selectbox(key="choose-contract").select(NSW).run()
    assert "USD 259,000.00  for 1978" in text(app)
    assert "The address asks" not in text(app)


def test_before_anything_is_published_a_kind_word_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIB_HOME", str(tmp_path))
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert "There is nothing to show yet" in text(app)
    assert [block.value for block in app.code] == ["sib demo"]


def test_every_role_that_has_pages_has_those_of_its_own() -> None:
    listed = {role: [room.title for room in rooms] for role, rooms in PAGES_OF.items()}
    assert listed == {
        Role.COMMISSIONER: ["Statement", "Cash flows", "Estimate"],
        Role.INVESTOR: ["Cash flows"],
        Role.EVALUATOR: ["Estimate"],
        Role.SERVICE_PROVIDER: ["Statement"],
    }


def test_the_configuration_beside_the_app_keeps_everything_on_this_machine() -> None:
    settings = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["runner"]["magicEnabled"] is False
