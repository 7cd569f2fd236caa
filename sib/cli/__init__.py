"""the desk: the command `sib`; heavy libraries load only in the command that needs them."""

from sib.cli.app import main

__all__ = ["main"]
