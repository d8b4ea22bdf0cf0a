"""What can be wrong with a node, in the words in which it is told when it begins and when it ends.

What is watched of it, and how, stands in `node.alerts.table`.
"""

from collections.abc import Mapping
from enum import StrEnum

from node.i18n import LazyString, _


class Alert(StrEnum):
    """One thing that can be wrong."""

    DISK = "disk"
    DATABASE = "database"
    BACKUP = "backup"
    DELIVERIES = "deliveries"
    REFUSED = "refused"
    MESSAGES = "messages"
    LETTERS = "letters"
    CLOCK = "clock"
    CERTIFICATE = "certificate"
    PEER_CERTIFICATE = "peer-certificate"
    PICTURES = "pictures"


ALERT_WORDS: Mapping[Alert, tuple[LazyString, LazyString]] = {
    Alert.DISK: (
        _("The disk has only %(free)s MB left. Make room: without it the node writes nothing."),
        _("The disk has room again."),
    ),
    Alert.DATABASE: (
        _("The database is damaged. Stop the node, and restore the last backup."),
        _("The database is whole again."),
    ),
    Alert.BACKUP: (
        _("The last backup is too old, or there is none. Make one."),
        _("There is a new backup."),
    ),
    Alert.DELIVERIES: (
        _("A message to another coop has waited since %(when)s. Look why it does not arrive."),
        _("No message waits too long any more."),
    ),
    Alert.REFUSED: (
        _(
            "Messages of ours that other coops refused within a week, or that were given up since "
            "nobody took them: %(number)s. See why."
        ),
        _("For a week no message of ours was refused or given up."),
    ),
    Alert.MESSAGES: (
        _(
            "Messages at which our program failed: %(number)s. They are kept; tell the authors "
            "what the log says."
        ),
        _("All messages are taken in and go out."),
    ),
    Alert.LETTERS: (
        _(
            "Letters by e-mail have waited for more than an hour. See what %(name)s, the mail "
            "server, says."
        ),
        _("Letters by e-mail go out again."),
    ),
    Alert.CLOCK: (
        _("The clock is %(seconds)s s off those of other coops. Set it right."),
        _("The clock is right again."),
    ),
    Alert.CERTIFICATE: (
        _("The certificate of our address ends on %(when)s. Renew it, or nobody reaches us."),
        _("The certificate of our address is renewed."),
    ),
    Alert.PEER_CERTIFICATE: (
        _("The certificate of %(name)s ends on %(when)s. Tell them."),
        _("The certificate of %(name)s is renewed."),
    ),
    Alert.PICTURES: (
        _("Other coops’ pictures fill %(percent)s %% of their room. The oldest will go first."),
        _("Other coops’ pictures have room again."),
    ),
}
"""When it begins, and when it is over."""
EXPIRED_WORDS: Mapping[Alert, LazyString] = {
    Alert.CERTIFICATE: _("The certificate of our address is expired: nobody reaches us. Renew it."),
    Alert.PEER_CERTIFICATE: _("The certificate of %(name)s is expired. Tell them."),
}
"""When it begins too late: no day can be named, since nobody reads who signs with it."""


def alert_words(values: Mapping[str, object], *, is_over: bool) -> LazyString:
    """The sentence of an alert. values: what it names, and "alert" itself."""
    alert = Alert(str(values["alert"]))
    if not is_over and "when" not in values and alert in EXPIRED_WORDS:
        return EXPIRED_WORDS[alert]
    return ALERT_WORDS[alert][is_over]
