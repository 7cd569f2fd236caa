"""the desk: the house: demo, doctor and dashboard; flows and pages run as child processes."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from sib.cli.say import EXIT_CODES, Json, answer, note, tell
from sib.errors import Exit, Missing, Problem

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
}


def add_to(app: typer.Typer) -> None:
    """Add the house's commands."""
    for command in (demo, doctor, dashboard):
        app.command(epilog=EXIT_CODES)(command)


def demo(json: Json = False) -> int:
    """Run three real contracts from file to cash flow, and say what was paid and why.

    Everything is written under SIB_HOME (.sib in this folder); nothing is sent anywhere. Again changes nothing.

    Example: sib demo
    """
    from sib.steps.summary import demo_summary, summary_words

    began = time.monotonic()
    note("three real contracts, from the provider's file to the investors' cash flows (about a minute)")
    note("starting the orchestrator …")
    _run_flow("pipelines.demo")
    summary = demo_summary()
    if json:
        answer(summary)
    else:
        tell(summary_words(summary).replace("why:      sib ", f"why:      {_self()} "))
        tell(f"\nready in {time.monotonic() - began:.0f} seconds; see what was paid and why:  {_self()} dashboard")
    return Exit.DONE if all(row["equal"] for row in summary["contracts"]) else Exit.DIFFERS


def _self() -> str:
    """How this command is called from here."""
    if shutil.which("sib"):
        return "sib"
    return os.path.relpath(sys.argv[0]) if Path(sys.argv[0]).name == "sib" else "sib"


def _run_flow(module: str) -> None:
    """Run a flow in a process of its own and pass its progress on."""
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", module], env={**os.environ, **QUIET}, check=False, stdout=subprocess.DEVNULL
    )
    if done.returncode:
        mend = "read the lines above; run it again when they are mended, nothing is done twice"
        raise Missing(Problem("flow.stopped", f"the flow {module} stopped with code {done.returncode}", mend))


def doctor(json: Json = False) -> int:
    """Look whether everything that is needed is there and whole.

    Example: sib doctor
    """
    from sib.steps.examine import examine

    findings = examine()
    if json:
        answer({"findings": [finding.as_dict() for finding in findings]})
    else:
        tell("\n".join(str(finding) for finding in findings))
    return Exit.DONE if all(finding.good for finding in findings) else Exit.MISSING


def dashboard(
    port: Annotated[int, typer.Option(help="The port on this machine.")] = 8501,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
) -> int:
    """Open the pages of each role in a browser, on this machine only.

    Example: sib dashboard --port 8501
    """
    from sib.settings import read_settings
    from sib.steps.house import PROJECT
    from sib.store.warehouse import open_warehouse

    settings = read_settings()
    with open_warehouse(settings) as warehouse:
        warehouse.current()
    page = PROJECT / "dashboards" / "app.py"
    options = {
        "server.port": str(port),
        "server.address": "127.0.0.1",
        "server.headless": "false" if show else "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    home = {"SIB_HOME": str(settings.home.resolve())}
    note(f"the pages stand at http://127.0.0.1:{port} (stop with Ctrl-C)")
    try:
        return subprocess.run(  # noqa: S603 - our own page, no shell
            [sys.executable, "-m", "streamlit", "run", str(page), *flags],
            env={**os.environ, **QUIET, **home},
            check=False,
            cwd=Path(PROJECT),
        ).returncode
    except KeyboardInterrupt:
        return Exit.DONE
