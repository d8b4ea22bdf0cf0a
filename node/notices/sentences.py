"""The sentence of each kind of notice, its names filled in."""

from collections.abc import Mapping

from node.days import Said
from node.i18n import LazyString, Titles, _
from node.money import Figures
from node.notices.alert_words import alert_words
from node.notices.council_words import COUNCIL_WORDS
from node.notices.dealing_words import DEALING_WORDS
from node.notices.kinds import NoticeKind
from node.notices.node_words import NODE_WORDS
from node.notices.people_words import PEOPLE_WORDS

_SENTENCES = {**DEALING_WORDS, **COUNCIL_WORDS, **PEOPLE_WORDS, **NODE_WORDS}
_NAMELESS = {
    NoticeKind.MESSAGE: _("Somebody wrote to you."),
    NoticeKind.MESSAGE_REPORTED: _("A conversation was reported."),
}
"""Where nothing public can be named that it is about, nor the coop that it came from."""
_MESSAGE_FROM = _("A message from %(coop)s.")


def sentence(kind: NoticeKind, values: Mapping[str, object]) -> LazyString:
    """The sentence with its names filled in; `when` is a day or moment as the wire writes it,
    `title:TAG` what `title` is in another language, `office` a word of ours for an office, `called`
    what the coop calls it, if it has a name, `field` our word for what somebody tells of
    themselves, `pickup` where something is collected."""
    said: dict[str, object] = {**values, "when": Said(str(values.get("when", "")))}
    if titles := {
        name[6:]: str(word) for name, word in values.items() if name.startswith("title:")
    }:
        said["title"] = Titles(str(values["title"]), titles)
    if total := values.get("sum"):
        said["sum"] = Figures(str(total))
    if office := values.get("office"):
        said["office"] = values.get("called") or LazyString(str(office))
    if word := values.get("field"):
        said["field"] = LazyString(str(word))
    told = LazyString(_form(kind, values).message, values=said)
    if pickup := values.get("pickup"):
        return _("%(what)s Collected: %(pickup)s.", what=told, pickup=pickup)
    return told


def _form(kind: NoticeKind, values: Mapping[str, object]) -> LazyString:
    if "alert" in values:
        return alert_words(values, is_over=kind is NoticeKind.ALERT_OVER)
    if "name" in values or kind not in _NAMELESS:
        return _SENTENCES[kind]
    return _MESSAGE_FROM if "coop" in values else _NAMELESS[kind]
