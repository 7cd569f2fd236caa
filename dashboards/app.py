"""dashboards: the router: whose eyes, which contract, which pages there are for them; no page reads anything here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import streamlit as st

from dashboards.eyes import choose_contract, choose_eyes, eyes_changed
from dashboards.frame import LOOK, banner, excuse, head
from sib.access import Actor, Role
from sib.errors import Problem, Refused, SibError
from sib.settings import Settings


@dataclass(frozen=True, slots=True)
class Room:
    """One page: its file, what it is called, its address."""

    file: str
    title: str
    path: str


STATEMENT = Room("app_pages/statement/page.py", "Statement", "statement")
CASH_FLOWS = Room("app_pages/cash_flows/page.py", "Cash flows", "cash-flows")
ESTIMATE = Room("app_pages/estimate/page.py", "Estimate", "estimate")

# What a role's list does not hold is not loaded for it, whatever the address; each view checks the right again.
PAGES_OF: Mapping[Role, tuple[Room, ...]] = MappingProxyType(
    {
        Role.COMMISSIONER: (STATEMENT, CASH_FLOWS, ESTIMATE),
        Role.INVESTOR: (CASH_FLOWS,),
        Role.EVALUATOR: (ESTIMATE,),
        Role.SERVICE_PROVIDER: (STATEMENT,),
    }
)


def main() -> None:
    """Draw the frame, then the page that the address names."""
    st.set_page_config(page_title="Outcomes and payments", layout="wide", initial_sidebar_state="collapsed")
    st.html(LOOK)
    banner()
    left, right = st.columns(2)
    with left:
        actor = choose_eyes()
    pages = _open_to(actor)
    closed = _closed_to(actor)
    page = st.navigation([*pages, *closed], position="hidden")
    if eyes_changed() and page in closed:
        st.switch_page(pages[0])
    try:
        with right:
            contract = choose_contract(Settings(), actor)
    except SibError as error:
        excuse(error)
        return
    if contract is None:
        head("No contract is open to these eyes yet")
        return
    if len(pages) > 1:
        _links(pages, {"as": actor.id, "contract": contract.contract})
    page.run()


def _open_to(actor: Actor) -> list[st.Page]:
    """The role's own pages; the first one answers where the address names none."""
    first, *others = PAGES_OF[actor.role]
    start = st.Page(first.file, title=first.title, url_path="start", default=True)
    return [start, *(st.Page(room.file, title=room.title, url_path=room.path) for room in others)]


def _closed_to(actor: Actor) -> list[st.Page]:
    """So that every address answers: the first page under its own name, and a kind no for the others."""
    first, *others = PAGES_OF[actor.role]
    closed = [room for room in (STATEMENT, CASH_FLOWS, ESTIMATE) if room not in (first, *others)]
    named = st.Page(first.file, title=first.title, url_path=first.path, visibility="hidden")
    return [named, *(st.Page(_refuse, title=room.title, url_path=room.path, visibility="hidden") for room in closed)]


def _refuse() -> None:
    """What an address answers that is not for these eyes."""
    excuse(
        Refused(Problem("page.role", "the page at this address is made for another role", "choose other eyes above"))
    )


def _links(pages: Sequence[st.Page], address: Mapping[str, str]) -> None:
    """The pages these eyes may open, in sight on a telephone too."""
    with st.container(horizontal=True, gap="small"):
        for one in pages:
            st.page_link(one, label=one.title, width="content", query_params=dict(address))


if __name__ == "__main__":
    main()
