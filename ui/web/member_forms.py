"""What whoever looks after members fills in about accounts and the register."""

from collections.abc import Sequence

from wtforms import SelectField, StringField

from node import limits
from node.i18n import Text, _
from node.members import CLASS_WORDS, MembershipClass, MemberView
from ui.web.forms import PlainForm, needed, options

NO_MEMBER = "none"
DEFAULT_CLASS = MembershipClass.USER.value


def _why() -> StringField:
    return StringField(
        _("Who decided it?"),
        description=_("Like: board, 12 May. It stands in the register for good, sealed."),
        render_kw={"maxlength": limits.OFFICE_WORDS_LONGEST},
    )


class InviteForm(PlainForm):
    name = StringField(
        _("Who is it for?"), description=_("Their name; they can change it when they come in.")
    )
    membership_class = SelectField(
        _("A member of which class?"),
        choices=options(
            [*CLASS_WORDS.items(), (NO_MEMBER, _("no member, like a bookkeeper or a tester"))]
        ),
        default=DEFAULT_CLASS,
        description=_("Members stand in the register from the moment they come in."),
    )
    role = SelectField(
        _("What will they do here?"),
        choices=options(
            [
                ("member", _("Take part")),
                ("delegate", _("Speak in the council as a delegate")),
                ("treasurer", _("Keep the books")),
                ("secretary", _("Look after members")),
                ("moderator", _("Look at what was reported")),
                ("admin", _("Look after the node")),
            ]
        ),
    )
    why = _why()


class HolderForm(PlainForm):
    """An account's holder enters the register."""

    name = StringField(
        _("Name in the register"),
        [needed(_("Give a name."))],
        description=_("As it stands in their papers, or on the firm’s."),
        render_kw={"maxlength": limits.NAME_LONGEST},
    )
    membership_class = SelectField(
        _("Class"), choices=options(CLASS_WORDS.items()), default=DEFAULT_CLASS
    )
    why = _why()


class LineForm(PlainForm):
    """The member whose account it is."""

    member = SelectField(_("Which member?"), [needed(_("Choose a member."))])

    def offer(self, lines: Sequence[MemberView]) -> None:
        choices: list[tuple[str, Text]] = [
            (
                line.id,
                _("No. %(number)s, %(name)s", number=line.number or "–", name=line.name),
            )
            for line in lines
        ]
        self.member.choices = options(choices)
