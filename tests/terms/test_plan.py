"""terms: payment plans and forecasts: what they say, what is refused, and where."""

from collections.abc import Sequence

import pytest

from sib.errors import NotValid, Problem
from sib.terms.plan_words import forecast_words, plan_words
from sib.terms.read import parse_contract
from sib.terms.sample import TEXT
from sib.terms.sheet import sheet

FALL = "fall_in_reoffending"
SECOND = """
[[plan]]
id = "{id}"
name = "The second"
agreed_on = {day}
payments = [{{ on = 2026-06-01, amount = "5", payer = "south_town" }}]
"""


def problems(text: str) -> Sequence[Problem]:
    with pytest.raises(NotValid) as caught:
        parse_contract(text)
    return caught.value.problems


def second(name: str, day: str) -> str:
    return TEXT + SECOND.format(id=name, day=day)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'payer = "north_town" },\n    { on = 2026',
            'payer = "nord_town" },\n    { on = 2026',
            "no outcome payer is called",
        ),
        (', payer = "north_town" },\n    { on = 2026', " },\n    { on = 2026", "does not say which outcome payer pays"),
        ('tranche = "loan", paid_in', 'tranche = "lone", paid_in', "no tranche is called `lone`"),
        ('paid_in = "400000" },\n    { on = 2025-05', 'paid_in = "0" },\n    { on = 2025-05', "a flow goes one way"),
        ('gives = "course"\nshare', 'gives = "coarse"\nshare', "no metric or quantity is called `coarse`"),
        ('gives = "job"\nof', 'gives = "course"\nof', "`course` is given twice"),
        ('of = "course"\nshare', 'of = "rise_in_wellbeing"\nshare', "no result above it with a `share` is called"),
        ('value = "8"', 'value = "8"\nsimulated = true', "no draw gives `rise_in_wellbeing`"),
        ('value = "8"', 'value = "8"\nshare = "0.1"', "write `share` or `value`"),
        ('value = "8"', 'value = "8"\nafter_months = 2', "`of` and months go with `share`"),
        ("measured_on = [2025-03-31, 2026-03-31]", "", "`measured_on` goes with `value`"),
        ('share = "0.6"', 'share = "0.6"\nsimulated = true', "`simulated` goes with `value`"),
        ("measured_on = [2025-03-31", "measured_on = [2023-03-31", "measured before the term starts"),
        ("{ on = 2024-10-01, people", "{ on = 2024-03-01, people", "does not come after the one above it"),
        ("{ on = 2024-10-01, people", "{ on = 2034-10-01, people", "it lies outside the term"),
        ("months_later = 3", "months_later = 3\nvalues = { jog = 1 }", "no result of the forecast is called `jog`"),
        ('risk = "0.6"', 'risk = "1.6"', "risk"),
        ('enrolment_spread = "0.1"', 'enrolment_spread = "-0.1"', "enrolment_spread"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, said: str) -> None:
    assert TEXT.count(old) == 1, old
    found = [each for each in problems(TEXT.replace(old, new)) if said in f"{each.what} {each.mend}"]
    assert found, said
    assert all(each.line for each in found)


def test_a_plan_after_another_has_another_id_and_a_later_day() -> None:
    assert parse_contract(second("other", "2025-01-01")).contract.plan[1].id == "other"
    both = {each.code for each in problems(second("first_plan", "2024-04-01"))}
    assert both == {"contract.same-id", "contract.dates"}


def test_two_cases_of_one_id_are_refused() -> None:
    text = TEXT + '\n[[forecast.cases]]\nid = "low"\nname = "again"\n'
    assert "two cases are called `low`" in problems(text)[0].what


def test_a_contract_without_a_forecast_says_nothing_of_one() -> None:
    start, end = TEXT.index("[forecast]"), len(TEXT)
    contract = parse_contract(TEXT[:start] + TEXT[end:]).contract
    assert list(forecast_words(contract)) == []
    assert "What is expected" not in sheet(contract, [])


def test_one_payer_need_not_be_named() -> None:
    text = TEXT.replace(
        'role = "outcome payer"\n\n[[party]]\nid = "provider"', 'role = "evaluator"\n\n[[party]]\nid = "provider"'
    )
    assert text != TEXT
    text = text.replace(
        'payers = [{ payer = "north_town", share = 3 }, { payer = "south_town", share = 1 }]', 'payer = "north_town"'
    )
    parse_contract(text.replace(', payer = "north_town" },\n    { on = 2026', " },\n    { on = 2026"))


def test_the_sheet_says_plan_and_forecast() -> None:
    contract = parse_contract(TEXT).contract
    page = sheet(contract, [])
    assert (
        "The plan agreed with the contract, the payment plan from 1 April 2024: outcome payments of GBP 400,000 in all "
        "(2025 GBP 180,000 and 2026 GBP 220,000); tranches pay in GBP 400,000 (2024 GBP 400,000); tranches are paid "
        "GBP 180,000 (2025 GBP 180,000)."
    ) in page, "180,000 + 220,000 = 400,000"
    assert "- 200 people begin from 1 April 2024 to 1 October 2024 (give or take 10 %, 0.4 in common with" in page
    assert "0.5 for each of “finishes a course” (give or take 0.1, 0.6 in common with the rest), 3 months later" in page
    assert "80 % of the people, 75 % of the results and 3 months later" in page


def test_other_words() -> None:
    text = TEXT.replace('enrolment = "0.8"\nresults = "0.75"\nmonths_later = 3', "")
    text = text.replace("{ on = 2024-04-01, people = 60 }, ", "").replace('value = "8"\nspread = "3"', 'value = "8"')
    text = text.replace('gives = "rise_in_wellbeing"', 'gives = "fall_in_reoffending"').replace(
        'gives = ["job"]\ndesign = "counts"\npeople = 200\nbase = "0.25"\neffect = "more"',
        'gives = ["fall_in_reoffending"]\ndesign = "matched"\npeople = 200\ncomparison = 200\nbase = "0.4"\n'
        'effect = "fewer"\nper = 100',
    )
    text = text.replace('shows = "job"', f'shows = "{FALL}"').replace('payments = ["job"]\n', "")
    text = text.replace('effects = ["10", "20", "30", "40"]\ntarget = "30"', 'effects = ["5"]\ntarget = "5"')
    text = text.replace('value = "8"', 'value = "8"\nsimulated = true')
    text = text.replace(
        'gives = "course"\nshare = "0.6"\nspread = "0.05"\nrisk = "0.4"\nafter_months = 3',
        'gives = "course"\nshare = "1"\nspread = "0.2"',
    )
    contract = parse_contract(text.replace("[[simulation.draws]]", OTHERS + "[[simulation.draws]]")).contract
    said = "\n".join(forecast_words(contract))
    assert "140 people begin from 1 October 2024 (give" in said
    assert "“finishes a course”" in said.replace("“Finishes", "“finishes")
    assert "1 for each of all who begin (give or take 0.2)." in said
    assert "expected to be 8, measured on 31 March 2025 and 31 March 2026, drawn as the simulation says." in said
    assert "The case “Fewer people, fewer jobs”: as expected." in said
    empty = contract.plan[0].model_copy(update={"payments": (), "flows": ()})
    assert plan_words(contract, empty) == "The plan agreed with the contract, the payment plan from 1 April 2024."


OTHERS = "".join(
    f'[[simulation.draws]]\ngives = ["{name}"]\ndesign = "fixed"\nvalue = "0"\n\n'
    for name in ("days_housed", "job", "course")
)
