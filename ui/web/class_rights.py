"""What members of each class may do, in words: on a member's page, and for whoever would like to
become one."""

from collections.abc import Collection, Mapping

from federation.storage import Reader
from node import policies
from node.i18n import Text, _
from node.policies import PolicyKey

RIGHTS: Mapping[PolicyKey[tuple[str, ...]], tuple[Text, Text]] = {
    policies.MEMBERS_VOTING_CLASSES: (
        _("votes, and can speak for the coop"),
        _("has no vote"),
    ),
    policies.MEMBERS_STANDING_CLASSES: (_("can hold an office"), _("holds no office")),
    policies.MEMBERS_OFFERING_CLASSES: (
        _("offers and asks for things"),
        _("publishes no offers"),
    ),
    policies.MEMBERS_PATRONAGE_CLASSES: (
        _("has a part in the surplus"),
        _("has no part in the surplus"),
    ),
}


async def class_rights(
    reader: Reader, classes: Collection[str]
) -> dict[str, list[tuple[bool, Text]]]:
    """By class: each right, and whether its members have it today, said so."""
    book = await policies.rulebook(reader, list(RIGHTS))
    held = {key: book.in_force(key).value for key in RIGHTS}
    return {
        name: [
            (name in held[key], has if name in held[key] else has_not)
            for key, (has, has_not) in RIGHTS.items()
        ]
        for name in classes
    }
