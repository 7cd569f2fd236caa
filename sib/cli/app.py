"""the desk: all commands in one place, each ending with its exit code, never with a traceback for a user's mistake."""

import os
import sys
from importlib.metadata import version as installed
from typing import Annotated

import typer

from sib.cli import assure, contract, house, impact, indigo, line
from sib.cli.say import EXIT_CODES, complain, tell
from sib.errors import Exit, Problem, SibError

app = typer.Typer(
    name="sib",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        tell(f"sib {installed('sib')}")
        raise typer.Exit


@app.callback(help=f"Outcomes of social impact bonds, turned into payments.\n\n{EXIT_CODES}")
def sib(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Take what all commands have in common: nothing but the version."""
    del version


app.add_typer(contract.app, name="contract")
app.add_typer(impact.app, name="impact")
app.add_typer(indigo.app, name="indigo")
house.add_to(app)
line.add_to(app)
assure.add_to(app)


def main() -> None:
    """Run the command line and leave with a documented exit code."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else Exit.DONE)
    except SibError as error:
        complain(error.problems)
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(Exit.MISSING)
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            tell(str(error))
            sys.exit(Exit.DONE)
        complain((Problem("usage", str(error), "sib --help, or the command's own --help, shows what it takes"),))
        sys.exit(Exit.NOT_VALID)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.DONE)
    except Exception as error:
        if os.environ.get("SIB_DEBUG"):
            raise
        # the exception's text stays out: it could quote a row
        mend = "run it again with SIB_DEBUG=1 and send us what it prints, after reading it for personal data"
        complain((Problem("fault", f"a fault of ours: {type(error).__name__}", mend),))
        sys.exit(Exit.FAULT)
