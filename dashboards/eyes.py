"""dashboards: whose eyes and which contract; chosen at the top of every page and kept in the address, for links."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboards.frame import note
from sib.access import DEMO_PEOPLE, Actor, Role
from sib.settings import Settings
from sib.views.contracts import ContractHeader, contracts_of

READERS = tuple(
    name
    for role in (Role.COMMISSIONER, Role.INVESTOR, Role.EVALUATOR, Role.SERVICE_PROVIDER)
    for name, person in DEMO_PEOPLE.items()
    if person.role is role
)
"""The demonstration's people who have a page, by id."""

_EYES = "as"
_BELOW = {_EYES: ("statement", "result"), "contract": ("statement", "result")}
_ACTOR, _CONTRACT, _CHANGED = "sib-actor", "sib-contract", "sib-changed"


def choose(label: str, name: str, options: Sequence[str], say: Callable[[str], str], usual: str) -> str:
    """One of several, kept under ``name`` in the address; what the address does not know becomes ``usual``.

    Going from page to page empties the address and forgets the box, so the choice is remembered beside them.
    """
    key, remembered = f"choose-{name}", f"chosen-{name}"
    unknown = st.query_params.get(name, usual)
    if unknown not in options:
        note(f"The address asks for {unknown}, which is not among the published; here is another.")
    if st.session_state.get(key) not in options:
        asked = (st.query_params.get(name), st.session_state.get(remembered), usual)
        st.session_state[key] = next(one for one in asked if one in options)
    chosen: str = st.selectbox(label, options, key=key, format_func=say, on_change=_note_change, args=(name,))
    st.session_state[remembered] = chosen
    if st.query_params.get(name) != chosen:
        st.query_params[name] = chosen
    return chosen


def _note_change(name: str) -> None:
    """What was chosen under other eyes or another contract does not hold any more."""
    st.session_state[_CHANGED] = name
    for below in _BELOW.get(name, ()):
        st.query_params.pop(below, None)


def eyes_changed() -> bool:
    """Whether this run comes from choosing other eyes; asked once a run."""
    changed: str | None = st.session_state.pop(_CHANGED, None)
    return changed == _EYES


def choose_eyes() -> Actor:
    """Whose eyes the reader looks through."""
    name = choose("Look through the eyes of", _EYES, READERS, _introduced, READERS[0])
    st.session_state[_ACTOR] = name
    return DEMO_PEOPLE[name]


def _introduced(name: str) -> str:
    person = DEMO_PEOPLE[name]
    return f"{person.name}, {person.role.value}"


def choose_contract(settings: Settings, actor: Actor) -> ContractHeader | None:
    """One of the contracts that the actor may look at, or None; raises Missing before anything is published."""
    headers = {header.contract: header for header in contracts_of(settings, actor)}
    st.session_state[_CONTRACT] = None
    if not headers:
        return None
    name = choose("Contract", "contract", list(headers), lambda one: headers[one].name, next(iter(headers)))
    st.session_state[_CONTRACT] = name
    return headers[name]


def current_actor() -> Actor:
    """Whom a page asks as; checked again by every view."""
    return DEMO_PEOPLE[st.session_state[_ACTOR]]


def current_contract() -> str:
    """The identifier of the contract chosen."""
    name: str = st.session_state[_CONTRACT]
    return name
