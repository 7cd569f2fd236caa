"""The outside checker's door: its own score, its faults, and its files."""

import csv
import json

import pytest

from sib.errors import Missing, NotValid, Refused
from sib.impact.checker import match_for_checker

SPEC = {
    "formula": "treat ~ age + educ + race + married + nodegree + re74 + re75",
    "args": {"method": "nearest"},
    "outcomes": ["re78"],
}


@pytest.fixture
def ask(tmp_path, data):
    """Run the command on a specification, and on a changed copy of the small file if rows are given."""

    def run(spec, rows=None):
        path = data("lalonde").path
        if rows is not None:
            path = tmp_path / "people.csv"
            with path.open("w", newline="") as file:
                csv.writer(file).writerows(rows)
        said = tmp_path / "spec.json"
        said.write_text(spec if isinstance(spec, str) else json.dumps(spec))
        return match_for_checker(path, said, tmp_path / "out")

    return run


@pytest.fixture
def rows(data):
    with data("lalonde").path.open(newline="") as file:
        return list(csv.reader(file))


def problems(wrong):
    return [(problem.code, problem.what) for problem in wrong.value.problems]


def test_a_given_score_is_used_as_the_distance(ask, rows, reference, tmp_path):
    wanted = reference("lalonde_nn1_cal02_logit")
    scores = ["theirs", *(wanted.units[row[0]]["distance"] for row in rows[1:])]
    answer = ask(
        {**SPEC, "args": wanted.result["args"], "score": "theirs"},
        [[*row, score] for row, score in zip(rows, scores, strict=True)],
    )
    assert answer["ps_coefficients"] == {}
    assert answer["caliper_in_distance_units"]["1"] == pytest.approx(0.360902392537548, rel=1e-12)
    assert answer["att"]["re78"]["estimate"] == pytest.approx(wanted.result["att"]["re78"]["estimate"], rel=1e-12)
    with (tmp_path / "out" / "units.csv").open(newline="") as file:
        units = {row["id"]: float(row["distance"]) for row in csv.DictReader(file)}
    assert units == {one: float(unit["distance"]) for one, unit in wanted.units.items()}


def test_columns_are_found_by_name_not_by_place(ask, rows):
    plain = ask(SPEC, rows)
    assert ask(SPEC, [row[::-1] for row in rows]) == plain


def test_a_file_without_ids_numbers_its_rows(ask, rows, tmp_path):
    ask(SPEC, [row[1:] for row in rows])
    with (tmp_path / "out" / "units.csv").open(newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)][:3] == ["1", "2", "3"]


def test_random_order_is_the_seed_s(ask, tmp_path):
    args = {"method": "nearest", "ratio": 2, "m.order": "random"}
    one = ask({**SPEC, "args": {**args, "seed": 1}})
    assert ask({**SPEC, "args": {**args, "seed": 1}}) == one
    assert ask({**SPEC, "args": {**args, "seed": 2}})["att"] != one["att"]


def test_optimal_matching_with_two_each(ask):
    answer = ask({**SPEC, "args": {"method": "optimal", "ratio": 2}})
    greedy = ask({**SPEC, "args": {"method": "nearest", "ratio": 2}})
    assert answer["n_pairs"] == greedy["n_pairs"] == 370
    assert answer["sum_abs_pair_distance"] <= greedy["sum_abs_pair_distance"]


def test_optimal_matching_by_mahalanobis_distance(ask):
    answer = ask({**SPEC, "args": {"method": "optimal", "distance": "mahalanobis"}})
    assert answer["n_pairs"] == 185
    assert answer["sum_abs_pair_distance"] == {}


def test_arguments_that_say_nothing_go_with_every_method(ask):
    plain = ask({**SPEC, "formula": "treat ~ race", "args": {"method": "exact"}})
    said = ask({**SPEC, "formula": "treat ~ race", "args": {"method": "exact", "replace": False, "ratio": 1}})
    assert said["att"] == plain["att"]


@pytest.mark.parametrize("args", [{"exact": "~ race"}, {"exact": ["race"]}])
def test_exact_is_a_formula_or_a_list(ask, args, reference):
    answer = ask({**SPEC, "args": {"method": "nearest", **args}})
    wanted = reference("lalonde_nn1_exact").result["att"]["re78"]["estimate"]
    assert answer["att"]["re78"]["estimate"] == pytest.approx(wanted)


def test_all_faults_of_a_specification_are_told_at_once(ask):
    with pytest.raises(NotValid) as wrong:
        ask({"formula": 3, "args": [], "outcome": ["re78"], "score": 1})
    assert [code for code, _ in problems(wrong)] == ["impact.spec-key"] * 5
    with pytest.raises(NotValid) as wrong:
        ask({**SPEC, "args": {"method": "magic", "link": "log", "discard": "all"}})
    assert len(problems(wrong)) == 3


@pytest.mark.parametrize(("text", "code"), [("{", "impact.not-json"), ("[]", "impact.not-json")])
def test_what_is_not_a_json_object_is_told(ask, text, code):
    with pytest.raises(NotValid) as wrong:
        ask(text)
    assert [one for one, _ in problems(wrong)] == [code]


def test_files_that_are_missing(tmp_path, data):
    with pytest.raises(Missing, match=r"no file spec\.json"):
        match_for_checker(data("lalonde").path, tmp_path / "spec.json", tmp_path / "out")
    (tmp_path / "spec.json").write_text(json.dumps(SPEC))
    with pytest.raises(Missing, match=r"no file none\.csv"):
        match_for_checker(tmp_path / "none.csv", tmp_path / "spec.json", tmp_path / "out")


def test_faults_of_the_file_are_told_with_their_lines(ask, rows):
    rows[0][3] = "years"
    rows[0].append("years")
    rows[7].append("")
    with pytest.raises(NotValid) as wrong:
        ask(SPEC, rows)
    told = problems(wrong)
    assert ("impact.no-such-column", "people.csv has no column 'educ'") in told
    assert ("impact.column-twice", "column 'years' comes twice") in told
    lines = [problem.line for problem in wrong.value.problems if problem.code == "impact.row-length"]
    assert lines == [number for number in range(2, len(rows) + 1) if number != 8]


@pytest.mark.parametrize("cell", ["", "yes"])
def test_treatment_must_be_a_number_for_everybody(ask, rows, cell):
    rows[4][1] = cell
    with pytest.raises(NotValid, match="'treat' must hold a number"):
        ask(SPEC, rows)


def test_a_missing_covariate_is_counted(ask, rows):
    rows[4][2] = rows[9][2] = "NA"
    rows[4][4] = ""
    with pytest.raises(NotValid) as wrong:
        ask(SPEC, rows)
    assert [what for _, what in problems(wrong)] == [
        "covariate 'age' is missing or infinite for 2 of 614 people",
        "covariate 'race' is missing or infinite for 1 of 614 people",
    ]


def test_nobody_matched_is_refused(ask, rows):
    for number, row in enumerate(rows[1:]):
        row[2] = str(number)
    with pytest.raises(Refused, match="nobody was matched"):
        ask({**SPEC, "formula": "treat ~ age", "args": {"method": "exact"}}, rows)


def test_text_that_is_not_utf_8_is_told(tmp_path):
    (tmp_path / "spec.json").write_text(json.dumps(SPEC))
    (tmp_path / "people.csv").write_bytes(b"treat,age\n1,\xff\n")
    with pytest.raises(NotValid, match="not a comma-separated text"):
        match_for_checker(tmp_path / "people.csv", tmp_path / "spec.json", tmp_path / "out")
