"""`python -m menura.cli`: the same as `menura`."""

from menura.cli.app import main

main()
