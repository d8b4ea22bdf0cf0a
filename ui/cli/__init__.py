"""`rochdale`: the operator's face. Every command works beside a running node.

stdout carries only results (with `--json` one JSON document), everything else goes to stderr.
Exit status: 0 done, 1 refused or failed with a plain reason, 2 not understood.
"""

from ui.cli.loading import loading

with loading():
    from ui.cli.commands import main

__all__ = ["main"]
