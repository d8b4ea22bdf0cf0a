"""What news readers read: Atom (RFC 4287)."""

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ui.web.templating import environment

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0 has no way to write these: with one of them, no reader reads any of the feed."""


def feed(template: str, headers: Mapping[str, str] | None = None, **context: Any) -> web.Response:
    """A template as the answer; of whatever others wrote, what XML cannot say is left out."""
    text = _NO_XML.sub("", environment().get_template(template).render(context))
    return web.Response(
        body=text.encode(), content_type="application/atom+xml", charset="utf-8", headers=headers
    )
