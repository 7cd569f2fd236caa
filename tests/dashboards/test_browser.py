"""The pages in a real browser, on a desktop and on a telephone: figures, width, console, what leaves the machine."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from published_house import DENVER, LEAVERS, NSW, PILOT, RATE_CARD

from sib.settings import Settings

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "dashboards" / "app.py"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, TELEPHONE = (1400, 1600), (390, 1800)
LAST_HEAD = "What this page was made from"


@pytest.fixture(scope="module")
def address(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app, started once from a folder that is not the project's, so that only its own configuration holds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(port)]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    environment = {**os.environ, "SIB_HOME": str(settings.home), "HOME": str(elsewhere)}
    server = subprocess.Popen(
        command, cwd=elsewhere, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the app did not start")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, or a plain word that it is not here."""
    if not shutil.which(CHROMIUM):
        pytest.skip(f"no Chromium at {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page showed and did."""

    text: str
    markup: str
    complaints: list[str]
    requests: list[str]
    widths: tuple[int, int]
    """Width of what is inside, and of the window onto it."""


@pytest.fixture
def look(browser: Any, address: str, tmp_path: Path) -> Iterator[Any]:
    """Open a page at a size, wait until it is drawn, keep a picture of it."""
    contexts = []

    def looked(size: tuple[int, int], person: str, contract: str, page: str = "") -> Seen:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="en-GB")
        contexts.append(context)
        tab = context.new_page()
        complaints: list[str] = []
        requests: list[str] = []
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(f"{address}/{page}?{urlencode({'as': person, 'contract': contract})}")
        tab.get_by_text(LAST_HEAD).wait_for(timeout=60_000)
        tab.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)
        tab.wait_for_timeout(500)
        tab.screenshot(path=tmp_path / f"{person}-{size[0]}.png")
        main = "document.querySelector('[data-testid=stMain]')"
        widths = tab.evaluate(f"() => [{main}.scrollWidth, {main}.clientWidth]")
        return Seen(tab.inner_text("body"), tab.content(), complaints, requests, (widths[0], widths[1]))

    yield looked
    for context in contexts:
        context.close()


@pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
@pytest.mark.parametrize(
    ("person", "contract", "figures"),
    [
        ("officer-1", DENVER, ["USD 5,724,978.40", "620,978.40", "5,104,000.00", "USD 9,638,911.36"]),
        ("investor", DENVER, ["USD 8,600,000.00", "USD 9,638,911.36", "1.12 times", "3.1 %"]),
        ("evaluator", NSW, ["1,486.52 US dollars", "259,000.00", "314,500.00", "−8,497.52"]),
    ],
)
def test_a_page_shows_its_figures_and_keeps_to_itself(
    look: Any,
    address: str,
    tmp_path: Path,
    size: tuple[int, int],
    person: str,
    contract: str,
    figures: list[str],
) -> None:
    seen = look(size, person, contract)
    for figure in figures:
        assert figure in seen.text
    assert seen.complaints == []
    local = (address, address.replace("http", "ws"), "data:", "blob:")
    assert [url for url in seen.requests if not url.startswith(local)] == []
    inside, window = seen.widths
    assert inside <= window
    assert "<svg" in seen.markup
    assert (tmp_path / f"{person}-{size[0]}.png").stat().st_size > 10_000


@pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
def test_nothing_an_investor_s_browser_holds_tells_a_line_or_a_small_count(look: Any, size: tuple[int, int]) -> None:
    markup = look(size, "investor", LEAVERS).markup
    for metric, title, price, claims, _ in RATE_CARD:
        assert metric not in markup
        assert title not in markup
        assert f"{price * claims:,}.00" not in markup
    pilot = look(size, "investor", PILOT)
    assert "withheld" in pilot.text
    for amount in ("4,400.00", "45,100.00", "49,500.00", "117,700.00", "113,300.00"):
        assert amount not in pilot.markup


@pytest.mark.parametrize(
    ("page", "figure"),
    [("statement", "USD 259,000.00"), ("cash-flows", "1.08 times"), ("estimate", "1,486.52 US dollars")],
)
def test_a_page_can_be_linked(look: Any, page: str, figure: str) -> None:
    assert figure in look(DESKTOP, "officer-1", NSW, page).text


def test_an_address_for_other_eyes_is_refused_kindly(browser: Any, address: str) -> None:
    tab = browser.new_page()
    tab.goto(f"{address}/statement?{urlencode({'as': 'investor', 'contract': DENVER})}")
    tab.get_by_text("This page is not for the eyes you chose").wait_for(timeout=60_000)
    assert "620,978.40" not in tab.content()
    tab.close()
