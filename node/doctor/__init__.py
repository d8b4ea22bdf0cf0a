"""Looking a node over: what is wrong with it, and the line that puts it right.

`inside` looks at folder, database and clock; `outside` goes the way that other coops come, through
the web server in front; `figures` counts. Nothing here changes anything.
"""

from node.doctor.examining import examine
from node.doctor.figures import Figures, figures
from node.doctor.findings import Finding, State
from node.doctor.inside import backup

__all__ = ["Figures", "Finding", "State", "backup", "examine", "figures"]
