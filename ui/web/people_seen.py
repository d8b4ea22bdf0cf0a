"""Whom of our people a visitor or a program may look at."""

from federation.storage import Reader
from node import profiles
from node.errors import NotAllowed, NotFound
from node.i18n import _
from node.profiles import Profile, Shown, Viewer, shown


def check_member(viewer: Viewer) -> None:
    """Raises NotAllowed for who is no member today."""
    if not viewer.is_member:
        raise NotAllowed(
            _("This is for members. The register does not count you among them today."),
            "members-only",
        )


async def person_seen(reader: Reader, profile_id: str, viewer: Viewer) -> tuple[Profile, Shown]:
    """Somebody, and what a viewer sees of them. Raises NotFound alike for nobody and for who shows
    nothing."""
    found = await profiles.profile(reader, profile_id)
    seen = shown(found, viewer) if found else None
    if found is None or seen is None:
        raise NotFound(_("There is nobody here, or nothing of them is open to you."))
    return found, seen
