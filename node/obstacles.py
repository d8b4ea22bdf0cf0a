"""Why another program could not be asked, or did not take what we sent, in the reader's words.

Below, where nothing is translated, a failure is an error with a code and an English sentence, and
is noted as "code: sentence", or as "HTTP 422: what it answered". Here both become words for people;
what somebody else wrote is shown as theirs.
"""

import re
import traceback

from federation.errors import FederationError
from federation.storage.database import OLDEST_SQLITE
from node.errors import NodeError
from node.i18n import Text, _
from protocol.errors import ProtocolError

LONGEST = 500
_CODED = re.compile(r"([a-z][a-z0-9]*(?:-[a-z0-9]+)*): (.*)", re.DOTALL)
_ANSWERED = re.compile(r"HTTP ([0-9]{3})(?:: ?(.*))?", re.DOTALL)
_HOST = re.compile(r"https?://([^/\s?#]+)")
_STATUS = re.compile(r"http-([0-9]{3})")

_NOBODY = _("Nobody answers there. Check the spelling; if it is right, try again later.")
_BUSY = _("The database is busy with another change; try again in a moment.")
_ELSEWHERE = _("It sends us to an address that we do not follow.")
_NO_ACTOR = _("What lies there does not say who it is.")
_CATALOGUE = _("Its list of offers has no end, or leads to another host.")
WORDS: dict[str, Text] = {
    "unreachable": _NOBODY,
    "no-answer": _NOBODY,
    "timed-out": _("It took too long to answer."),
    "asked-much": _("It was asked much just now. Ask again in a minute."),
    "unknown-host": _("There is no host of that name. Check the spelling."),
    "tls": _("It could not prove who it is: it has no certificate that we can check."),
    "tls-early": _("It could not prove who it is: its certificate is not valid yet."),
    "tls-expired": _("It could not prove who it is: its certificate is expired."),
    "tls-self-signed": _("It could not prove who it is: its certificate is signed by itself."),
    "tls-stranger": _(
        "It could not prove who it is: its certificate is signed by somebody we do not know."
    ),
    "tls-name": _("It could not prove who it is: its certificate is made for another name."),
    "ca-file": _("The certificate authorities in the file of the setting ca_file cannot be read."),
    "bad-answer": _("It broke off or answered nonsense."),
    "encoded": _("It sent a compressed answer that was not asked for."),
    "redirect-loop": _("It sends us in a circle."),
    "too-many-redirects": _("It sends us on and on."),
    "bad-redirect": _ELSEWHERE,
    "gone": _("There is nothing of that name there (any more)."),
    "too-large": _("Its answer is longer than we read."),
    "address-blocked": _(
        "That address is one that no other coop can have: this machine, a private network or a "
        "reserved one."
    ),
    "not-a-dev-peer": _("It is not among the coops that this trial node talks to."),
    "not-an-actor": _("There is no coop at that address."),
    "not-an-address": _("That is no address. Write it like lanehead.example."),
    "unknown-handle": _("It answers, but knows nobody of that name. Check the spelling."),
    "handle-not-confirmed": _("The name leads to another host that does not know it."),
    "no-coop-there": _("It answers, but there is no coop there that we can talk to."),
    "page-of-nobody": _("That is a page, and it does not say whose. Try the coop's bare address."),
    "wrong-content-type": _("That is a page or a file, not what coops tell each other."),
    "id-mismatch": _("What lies there says that it lives somewhere else."),
    "no-id": _NO_ACTOR,
    "no-actor": _NO_ACTOR,
    "bad-inbox": _("It wants its messages sent to another host."),
    "foreign-page": _CATALOGUE,
    "page-loop": _CATALOGUE,
    "too-many-pages": _CATALOGUE,
    "ourselves": _("That is our own coop."),
    "suspended": _("This coop is on hold. Take it back first."),
    "blocked": _("This coop's domain is blocked here. Lift that first."),
    "on-hold": _("We put this coop on hold."),
    "dropped": _("Somebody here gave it up."),
    "forgotten": _("It was private, and what it said is forgotten; it must be written anew."),
    "not-waiting": _("There is no such message waiting; it may have arrived meanwhile."),
    "not-kept": _(
        "There is no such message waiting; it may have been taken in or refused meanwhile."
    ),
    "recovery-file": _(
        "This is no recovery file, or not a whole one, or one of another version of Rochdale. Take "
        "another copy of it."
    ),
    "passphrase-missing": _("The recovery file is locked: give the passphrase it was made with."),
    "keys-exist": _("That folder holds the keys of a node already. Name an empty one."),
    "bad-database-url": _("A database is written sqlite:///path or postgresql://user@host/name."),
    "too-many-documents": _("It refers to more than we read for one message."),
    "our-failure": _("Our own program failed on it."),
    "process-ended": _("Our own program ended again and again at this."),
    "restored": _("A node that was restored from a backup listens before it speaks."),
    "storage-busy": _BUSY,
    "storage-contended": _BUSY,
    "storage-full": _("The disk is full: nothing more can be stored until space is made."),
    "storage-failing": _(
        "The disk or the memory of this computer does not give what the database needs."
    ),
    "storage-away": _("The database cannot be reached; try again soon."),
    "sqlite-too-old": _(
        "The SQLite of this computer is too old: Rochdale needs %(oldest)s or newer. Upgrade the "
        "operating system, or use PostgreSQL.",
        oldest=".".join(map(str, OLDEST_SQLITE[:2])),
    ),
}
# Noted before there were codes for them.
_OLDER = {
    "suspended by us": "on-hold",
    "blocked by us": "blocked",
    "dropped by a person": "dropped",
}


def noted(error: FederationError | ProtocolError | NodeError) -> str:
    """As it is kept, for `words` to read."""
    return f"{error.code}: {error}"[:LONGEST]


def words(kept: str | None) -> Text:
    """What was noted, in the language of the moment; empty for nothing."""
    if not kept:
        return ""
    if answered := _ANSWERED.fullmatch(kept):
        return _answer(answered[1], (answered[2] or "").strip())
    if coded := _CODED.fullmatch(kept):
        return _coded(coded[1], coded[2])
    return _coded(_OLDER[kept], "") if kept in _OLDER else _theirs(kept)


def of(error: Exception) -> Text:
    """What went wrong just now, and at which host if the sentence names an address.

    A defect is told by the first line that Python has of it.
    """
    if isinstance(error, NodeError):
        return str(error)
    if not isinstance(error, FederationError | ProtocolError):
        said = "".join(traceback.format_exception_only(error))
        return _theirs(said.partition("\n")[0][:LONGEST])
    what, host = _coded(error.code, str(error)), _HOST.search(str(error))
    return (
        _("%(host)s: %(what)s", host=host[1], what=what) if host and error.code in WORDS else what
    )


def _coded(code: str, sentence: str) -> Text:
    if code in WORDS:
        return WORDS[code]
    if status := _STATUS.fullmatch(code):
        return _answer(status[1], "")
    return _theirs(sentence)


def _answer(status: str, said: str) -> Text:
    if not said:
        return _("It answered with the status %(status)s.", status=status)
    return _("It answered with the status %(status)s: %(words)s", status=status, words=said)


def _theirs(sentence: str) -> Text:
    """English, of the protocol's own or a stranger's making."""
    return _("As the program says: %(words)s", words=sentence)
