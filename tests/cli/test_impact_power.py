"""`sib impact power` as a person types it, and its picture."""

import json
from pathlib import Path

import pytest

from sib.cli.app import main
from sib.errors import NotValid
from sib.impact.designs import powered
from sib.impact.power import Design
from sib.steps.power_picture import picture, spec

SAID = ["impact", "power", "yes or no", "--treated", "388", "--base", "0.5", "--effect", "-0.1"]
FOUND = powered(Design("yes or no", 388, 0.5), -0.1)


def said(capsys, monkeypatch, *words: str) -> tuple[int, str]:
    monkeypatch.setattr("sys.argv", ["sib", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0), capsys.readouterr().out


def test_the_known_design_is_found_eighty_times_in_a_hundred(capsys, monkeypatch):
    code, out = said(capsys, monkeypatch, *SAID)
    assert code == 0
    assert out.startswith("With 388 people of the service, a true effect of -0.1 is found 80 times in 100")
    assert "388 are needed" in out


def test_the_document_for_machines_holds_every_size(capsys, monkeypatch):
    code, out = said(capsys, monkeypatch, *SAID, "--json")
    document = json.loads(out)
    assert code == 0
    assert [row["treated"] for row in document["sizes"]] == [194, 388, 582, 776, 1164]
    assert document["needed"] == 388
    powers = [row["power"] for row in document["sizes"]]
    assert powers == sorted(powers)


def test_a_kind_or_a_chance_that_is_none_is_not_valid(capsys, monkeypatch):
    assert said(capsys, monkeypatch, *SAID[:2], "maybe", *SAID[3:])[0] == 2
    assert said(capsys, monkeypatch, *SAID, "--aim", "1")[0] == 2
    assert said(capsys, monkeypatch, *SAID, "--picture", "power.gif")[0] == 2
    with pytest.raises(NotValid):
        powered(Design("yes or no", 388, 0.5), -0.6)


@pytest.mark.parametrize("ending", [".svg", ".html", ".png"])
def test_the_picture_says_its_finding(tmp_path: Path, ending):
    file = tmp_path / f"power{ending}"
    picture(FOUND, file)
    drawn = file.read_bytes()
    if ending == ".png":
        assert drawn.startswith(b"\x89PNG")
    else:
        assert f"<title>{FOUND.finding}</title>" in drawn.decode()


def test_a_curve_ends_where_no_such_effect_can_be():
    """From 0.5 a share cannot fall by more than 0.5; the effect asked for is -0.4, and curves go to twice that."""
    curves = spec(powered(Design("yes or no", 20, 0.5), -0.4))["layer"][0]["data"]["values"]
    assert min(point["effect"] for point in curves) >= -0.5


def test_an_outcome_that_cannot_fall_so_far_has_no_smallest_fall():
    few = powered(Design("yes or no", 4, 0.02), 0.5)
    assert few.sizes[0].smallest_down is None
    assert powered(Design("yes or no", 40, 0.5), 0.0).finding.endswith("no number of people would do")
