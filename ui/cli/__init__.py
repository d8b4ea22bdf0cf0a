"""`rochdale`: the operator's face. Every command works beside a running node.

stdout carries only results (with `--json` one JSON document), everything else goes to stderr.
Exit status: 0 done, 1 refused or failed with a plain reason, 2 not understood.
"""

import gc

from ui.cli.loading import ended_silently

# Nothing that is loaded here is garbage, and looking for some takes a third of the time it takes.
gc.disable()
try:
    with ended_silently():
        from ui.cli.commands import main
finally:
    gc.freeze()
    gc.enable()

__all__ = ["main"]
