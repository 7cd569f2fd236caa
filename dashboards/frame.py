"""dashboards: what frames every page: banner, title, the answer in one sentence, sections, kind words when it fails."""

from collections.abc import Callable, Iterable
from pathlib import Path

import streamlit as st

from dashboards.markup import Safe, code, items, joined, mark, tag, text
from dashboards.speech import count, moment
from sib.errors import Missing, Refused, SibError
from sib.views.contracts import ContractHeader, Published

LOOK = Path(__file__).with_name("look.css")


def show(*parts: str) -> None:
    """Put markup on the page; nothing where there is nothing to put."""
    if markup := joined(parts):
        st.html(markup)


def banner() -> None:
    """Say plainly what this is."""
    strong = tag("strong", "Demonstration, not a sign-in.")
    show(
        tag(
            "p",
            strong,
            " Choose whose eyes to look through. The people are made up; anybody at this machine can be any of them.",
            css="sib-banner",
        )
    )


def title(role: str, words: str) -> None:
    """The page's title, with whose page it is above it."""
    show(tag("p", role, css="sib-role"), tag("h1", words, css="sib-title"))


def answer(*parts: str) -> None:
    """The page's answer in one sentence, before anything else."""
    show(tag("p", *parts, css="sib-answer"))


def head(words: str) -> None:
    """Head of a section."""
    show(tag("h2", words, css="sib-head"))


def note(*parts: str) -> None:
    """Smaller words beside something."""
    show(tag("p", *parts, css="sib-note"))


def facts(pairs: Iterable[tuple[str, str, str]]) -> None:
    """A few key figures: label, figure, and what it means in small."""
    rows = [
        tag("div", tag("dt", label), tag("dd", text(figure), tag("small", meaning) if meaning else ""))
        for label, figure, meaning in pairs
    ]
    show(tag("dl", *rows, css="sib-facts"))


def invented(what: str) -> Safe:
    """The mark of what is invented, with what it is; nothing where nothing is."""
    return tag("p", mark("illustrative", "invented"), f" {what}", css="sib-note") if what else Safe("")


def contract_foot(header: ContractHeader, published: Published | None) -> None:
    """Which version the page speaks of, and when it was made."""
    lines: list[str] = [joined([f"Contract {header.contract}, version {header.version}, text ", code(header.sha256)])]
    if published:
        head_of = joined(
            [f"{count(published.audit_events)} events of the audit trail, ending in ", code(published.audit_head)]
        )
        lines += [f"Published {moment(published.published_at)}.", head_of]
    head("What this page was made from")
    show(items(lines))


def kindly(page: Callable[[], None]) -> None:
    """Draw a page; when it cannot be drawn, say so in the words of the problem and how to mend it."""
    try:
        page()
    except SibError as error:
        excuse(error)


def excuse(error: SibError) -> None:
    """What went wrong, for a person who did nothing wrong."""
    said = {Missing: "There is nothing to show yet", Refused: "This page is not for the eyes you chose"}
    head(said.get(type(error), "This page cannot be shown"))
    for problem in error.problems:
        what, mend = (words.rstrip(".") for words in (problem.what, problem.mend))
        show(tag("p", f"{what[:1].upper()}{what[1:]}."), tag("p", f"What to do: {mend}.") if mend else "")
    if any(problem.code.startswith("warehouse") for problem in error.problems):
        st.code("sib demo", language=None)
