"""Lists as files: the address of a list's page with `.csv`, `.json`, `.atom` or `.ics` behind it.

A list says once who may read it, which columns it has and where its rows come from; the files
follow, with the rights and the filters of the page. They are for whoever is signed in, and for
everybody where the page is; a program with a token has the API. Conversations and what members tell
of themselves are not among them: each was said to certain people. Columns keep their names and
their order: new ones come last. docs/guides/integrator.md names them, and a test compares.
"""

from ui.web.lists.agreed import LISTS as AGREED
from ui.web.lists.decided import LISTS as DECIDED
from ui.web.lists.files import List, routes_of
from ui.web.lists.kept import LISTS as KEPT
from ui.web.lists.own import LISTS as OWN
from ui.web.lists.people import LISTS as PEOPLE
from ui.web.lists.shown import LISTS as SHOWN
from ui.web.lists.work import LISTS as WORK

LISTS: tuple[List, ...] = (*SHOWN, *AGREED, *DECIDED, *PEOPLE, *OWN, *WORK, *KEPT)
"""All of them."""

FORMS = {one.path: one.forms for one in LISTS}
"""By the path of a page: the forms that its list can be had in."""


__all__ = ["FORMS", "LISTS", "List", "routes_of"]
