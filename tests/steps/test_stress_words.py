"""steps: what stressing a contract found, said to a commissioner, to machines, and drawn."""

import io
import json
import sys
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sib.errors import Missing, NotValid
from sib.steps.stress import Stress, stress
from sib.steps.stress_picture import described, drawable, picture, spec
from sib.steps.stress_words import as_dict, figure, finding, in_words, notes, per_cent, rows
from sib.terms.read import read_contract
from tests.steps.test_stress import CONTRACTS, draw, simulated, trigger


@pytest.fixture(scope="module")
def found() -> Stress:
    return stress(read_contract(CONTRACTS / "peterborough" / "contract.toml").contract, cohorts=2000)


@pytest.fixture(scope="module")
def nothing_known() -> Stress:
    one = draw(people=5, comparison=5, outcome="events", base="0", effect="percent fewer")
    return stress(simulated(trigger("rise", "1"), one, cohorts=100))


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0.0 %"), (0.5, "50.0 %"), (0.00123, "0.1 %"), (0.000123, "0.012 %"), (1.0, "100.0 %")]
)
def test_a_share_is_said_as_people_say_it(share: float, said: str) -> None:
    assert per_cent(share) == said


@pytest.mark.parametrize(("value", "said"), [(7.5, "7.5"), (0.032258, "0.03226"), (120000.0, "120000"), (0.0, "0")])
def test_a_figure_has_four_digits_and_no_exponent(value: float, said: str) -> None:
    assert figure(value) == said


def test_the_finding_stands_first(found: Stress) -> None:
    nothing, target = (per_cent(float(found.at(Fraction(effect)).pays.share)) for effect in (0, 10))
    assert finding(found) == (
        f"A service that does nothing is paid in {nothing} of cohorts; "
        f"one that reaches its target, 10 percent, in {target}"
    )
    text = in_words(found)
    assert text.splitlines()[0] == "HMP Peterborough, the ONE Service, version 1, as of 2017-07-31"
    assert f"{finding(found)}." in text
    assert "the payment jumps at an effect of 7.5 (measured 7.5) from GBP 0 to GBP 4,882,500." in text
    assert [row[0] for row in rows(found)] == [
        "0 percent (nothing)",
        *(f"{effect} percent" for effect in ("2.5", "5", "7.5")),
        "10 percent (target)",
        *(f"{effect} percent" for effect in ("12.5", "15")),
    ]
    assert text.splitlines()[-1].startswith("Partly invented, as the contract says,")


def test_a_rule_without_jumps_and_one_that_falls_are_told() -> None:
    one = draw(people=100, comparison=100, outcome="amount", base="5", spread="9", effect="more")
    price = {"kind": "price", "price": "10", "per": "point", "of": "rise"}
    smooth = stress(simulated(price, one, effects=["4"], cohorts=200))
    assert "The rule does not jump anywhere between the effects tried." in list(notes(smooth))
    falls = {**trigger("rise", "2", "less than")}
    (first, *_) = notes(stress(simulated(falls, one, effects=["4"], cohorts=200)))
    assert "FALLS, though the service does more, at an effect of 2 (measured 2) from GBP 100 to GBP 0." in first


def test_what_is_not_estimable_is_said(nothing_known: Stress) -> None:
    assert "With an effect of 0 the result cannot be estimated in 100.0 % of cohorts." in list(notes(nothing_known))
    assert next(rows(nothing_known))[1] == "not estimable (not estimable to not estimable)"
    document = as_dict(nothing_known)
    assert document["effects"][0]["measured"] is None
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_machines_get_amounts_as_text_and_shares_as_numbers(found: Stress) -> None:
    document = as_dict(found)
    assert document["pays_when_nothing_works"]["share"] == float(found.nothing.pays.share)
    assert document["power_at_target"] == document["effects"][4]["pays"]
    assert document["cliffs"][0] == {
        "moved": "everything together",
        "effect": 7.5,
        "measured": 7.5,
        "before": "0.00",
        "after": "4882500.00",
        "jump": "4882500.00",
    }
    assert document["one_person"][0]["what"] == "One event fewer"
    assert json.loads(json.dumps(document, allow_nan=False)) == document


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] in ("td", "th") and data.strip():
            self.cells.append(data)


def test_the_picture_has_a_title_a_description_and_the_table_beside_it(found: Stress, tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    drawing, page = tmp_path / "p.svg", tmp_path / "p.html"
    picture(found, drawing)
    picture(found, page)
    root = ElementTree.fromstring(drawing.read_text(encoding="utf-8"))
    name = "{http://www.w3.org/2000/svg}"
    assert [root[0].tag, root[1].tag] == [f"{name}title", f"{name}desc"]
    assert (root[0].text, root[1].text) == (finding(found), described(found))
    shown = {"".join(text.itertext()) for text in root.iter(f"{name}text")}
    assert "jumps by GBP 4,882,500 at 7.5" in shown
    read = _Cells()
    read.feed(page.read_text(encoding="utf-8"))
    assert all(cell in read.cells for row in rows(found) for cell in row)
    assert "script" not in read.tags
    again = tmp_path / "again.svg"
    picture(found, again)
    assert again.read_bytes() == drawing.read_bytes()


def test_the_picture_is_not_blank(found: Stress, tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    image = pytest.importorskip("PIL.Image")
    file = tmp_path / "p.png"
    picture(found, file)
    colours = {
        colour: count for count, colour in image.open(io.BytesIO(file.read_bytes())).convert("RGB").getcolors(10**7)
    }
    assert colours[(255, 255, 255)] > 0
    # dark letters and lines, and the false payments in orange, both in the drawing
    assert sum(count for colour, count in colours.items() if max(colour) < 100) > 5000
    assert sum(count for (r, g, b), count in colours.items() if r > 230 and 90 < g < 150 and b < 100) > 200


def test_a_picture_of_nothing_known_is_still_one(nothing_known: Stress) -> None:
    top, under = spec(nothing_known)["vconcat"]
    assert top["layer"][2]["data"]["values"] == []
    assert under["layer"][0]["data"]["values"] == []


def test_what_cannot_be_drawn_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotValid) as ending:
        drawable(tmp_path / "p.pdf")
    assert ending.value.problems[0].what == "a picture cannot be a .pdf"
    with pytest.raises(Missing) as folder:
        drawable(tmp_path / "nowhere" / "p.svg")
    assert folder.value.problems[0].code == "file.absent"
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(Missing) as library:
        drawable(tmp_path / "p.svg")
    assert library.value.problems[0].code == "picture.library"
