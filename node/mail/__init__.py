"""Mail: letters that tell people what waits for them here. A node without it lacks nothing.

`rules` (what happens to a letter, quiet hours, what a server's answer means: pure) · `letters` (a
letter as data, and as bytes) · `models` · `addresses` (where somebody gets mail, and when) ·
`outbox` (what is to be sent: written with the change itself, claimed, written down) · `composing`
(what a letter says at the moment when it goes) · `server` (speaking with the mail server) ·
`sender` (brings letters there) · `telling` (notices become letters) · `queries`.

A letter says a title and gives a link. Its words are made when it goes, in its reader's language,
by the typesetter that a face brings along (`ui.web.letters`): nothing here knows a page.
"""

from node.mail import personal, telling  # noqa: F401 - they register themselves
from node.mail.addresses import choose, confirm, forget_account, remove, set_address, stop
from node.mail.letters import Letter, LetterKind, Typeset, Typesetter, as_bytes
from node.mail.outbox import ask_way_in, forget_old, let_go, tell_applicant, tell_member
from node.mail.queries import (
    MailView,
    Trouble,
    Waiting,
    can_confirm,
    can_stop,
    mail_of,
    troubles,
    waiting,
)
from node.mail.rules import HOW_WORDS, LIFE, Group, Hours, How, State, by_deadline, candidates
from node.mail.sender import Sender
from node.mail.server import MailTrouble, try_out

__all__ = [
    "HOW_WORDS",
    "LIFE",
    "Group",
    "Hours",
    "How",
    "Letter",
    "LetterKind",
    "MailTrouble",
    "MailView",
    "Sender",
    "State",
    "Trouble",
    "Typeset",
    "Typesetter",
    "Waiting",
    "as_bytes",
    "ask_way_in",
    "by_deadline",
    "can_confirm",
    "can_stop",
    "candidates",
    "choose",
    "confirm",
    "forget_account",
    "forget_old",
    "let_go",
    "mail_of",
    "remove",
    "set_address",
    "stop",
    "tell_applicant",
    "tell_member",
    "troubles",
    "try_out",
    "waiting",
]
