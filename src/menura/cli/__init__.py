"""The command line: one file per command, no logic. Data on stdout, talk on stderr."""

from menura.cli.app import main

__all__ = ["main"]
