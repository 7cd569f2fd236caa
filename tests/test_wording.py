"""What the product says of an effect that was not found: not conclusive, never that there is none."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sib.impact.estimate import Estimate
from sib.impact.looks import Looks
from sib.impact.sensitivity import Tipping, check_of, e_value_of_ratio, robustness_value
from sib.impact.sequential import boundaries, look_words

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN = re.compile(
    r"\b(no|zero|without( an?y?)?) (significant |measurable |detectable |real )?(effect|impact|difference)\b"
    r"|\b(did|does|do)( not|n't) work\b|\bhad no (effect|impact)\b|\bineffective\b"
    r"|\binsignificant\b|\bnot (statistically )?significant\b",
    re.IGNORECASE,
)
PAGES = ("README.md", "docs/contract-format.md")


def spoken(file: Path) -> Iterator[tuple[int, str]]:
    """Every text of a module that can be shown: all but docstrings and lone texts."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    lone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in lone:
            yield node.lineno, node.value


def test_no_text_of_the_product_says_that_there_is_no_effect():
    found = [
        f"{file.relative_to(ROOT)}:{line}: {text}"
        for room in ("sib", "pipelines", "dashboards")
        for file in sorted((ROOT / room).rglob("*.py"))
        for line, text in spoken(file)
        if FORBIDDEN.search(text)
    ]
    assert found == []


@pytest.mark.parametrize("page", PAGES)
def test_no_page_says_it_either(page):
    assert not FORBIDDEN.search((ROOT / page).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    ["there is no effect", "no significant difference", "The service did not work", "had no impact", "not significant"],
)
def test_what_is_forbidden_is_seen(text, tmp_path):
    assert FORBIDDEN.search(text)
    module = tmp_path / "module.py"
    module.write_text(f'"""{text}: a docstring is not shown."""\nSAID = f"{{1}}: {text}"\n')
    assert [line for line, said in spoken(module) if FORBIDDEN.search(said)] == [2]


def test_a_wide_interval_is_not_conclusive_in_every_words():
    wide = Estimate(1.0, 1.0, -0.96, 2.96, "HC1", 50, 50, 10.0, 9.0)
    (only,) = boundaries(Looks(at=(1.0,), spending="Pocock"))
    said = [
        look_words(only, wide.effect, wide.error),
        e_value_of_ratio(1.2, 0.9, 1.6).words,
        robustness_value(wide.effect, wide.error, 98).words,
        Tipping(0.0, "McNemar", 0.05).words,
    ]
    assert all("not conclusive" in words for words in said)
    assert not any(FORBIDDEN.search(words) for words in [*said, check_of("before", wide).words])
