"""Looking a node over: what is wrong with it, and the line that puts it right.

`inside` looks at folder, database and clock; `outside` goes the way that other coops come, through
the web server in front; `figures` counts. None of them changes anything. `rounds` looks by itself
from time to time and lets `node.alerts` tell what is wrong; `looking` does the looks from outside
for a page, and keeps what they found.
"""

from node.doctor.examining import examine
from node.doctor.figures import Figures, figures
from node.doctor.findings import Finding, State
from node.doctor.inside import backup
from node.doctor.looking import look_from_outside
from node.doctor.outside import AS_ONE, VISITORS
from node.doctor.rounds import Rounds

__all__ = [
    "AS_ONE",
    "VISITORS",
    "Figures",
    "Finding",
    "Rounds",
    "State",
    "backup",
    "examine",
    "figures",
    "look_from_outside",
]
