"""Other coops' words, made harmless as soon as they are recorded. Registers itself."""

from federation.remote.showing import cleaning
from node import content


def _markup(markup: str, longest: int) -> str:
    return content.name(content.plain(markup), longest)


cleaning.by(line=content.name, markup=_markup)
