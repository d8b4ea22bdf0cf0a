"""`python -m ui.cli` is `rochdale`."""

from ui.cli import main

main()
