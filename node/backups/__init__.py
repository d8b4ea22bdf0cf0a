"""A node's whole state in one file, and a node out of such a file.

`making` writes the file beside a running node and tries it at once; `restoring` makes a folder of
it, in quarantine (`node.quarantine`); `archive` is the file itself, `databases` what differs
between SQLite and PostgreSQL, `postgresql` what the programs of that one do, `workshops` where the
unfinished lies; all of that touches the disk: call it off the event loop. `moving` takes a node's
database from one of them to the other, `rehearsing` restores a backup for trial.
"""

from node.backups.archive import Manifest
from node.backups.databases import integrity_of, trials_left
from node.backups.making import BackupMade, LastBackup, back_up, last_backup
from node.backups.moving import Sum, move_database
from node.backups.rehearsing import Rehearsed, rehearse
from node.backups.restoring import Restored, put_back, restore

__all__ = [
    "BackupMade",
    "LastBackup",
    "Manifest",
    "Rehearsed",
    "Restored",
    "Sum",
    "back_up",
    "integrity_of",
    "last_backup",
    "move_database",
    "put_back",
    "rehearse",
    "restore",
    "trials_left",
]
