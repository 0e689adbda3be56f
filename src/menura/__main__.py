"""`python -m menura`: the command line."""

from menura.cli import main

main()
