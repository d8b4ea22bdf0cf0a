"""Letters in words: what `node.mail` has to say, in its reader's language, as text and as HTML.

`words` says each kind of letter; here it is set. The HTML says what the text says, loads nothing
and tells nobody that it was read.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from node import i18n
from node.days import by_clocks_of
from node.mail import Letter, Typeset
from node.mail.letters import Sheet
from ui.web.letters.words import Page, page_of

TEMPLATES = Path(__file__).parents[1] / "templates" / "letters"


def typeset(letter: Letter, sheet: Sheet) -> Typeset:
    """The letter in its reader's language; in the coop's own for who chose none."""
    language = _spoken(letter.language) or _spoken(sheet.language) or i18n.SOURCE_LANGUAGE
    with i18n.speaking(language), by_clocks_of(sheet.zone, sheet.now):
        page = page_of(letter, sheet)
        html = (
            _environment()
            .get_template("letter.html")
            .render(page=page, coop=sheet.coop, lang=language, dir=i18n.direction(language))
        )
        text = "\n\n".join(_paragraphs(page)) + "\n"
        return Typeset(language, str(page.subject), text, html)


def _spoken(language: str | None) -> str | None:
    return i18n.negotiate(language, i18n.available_languages()) if language else None


def _paragraphs(page: Page) -> Iterator[str]:
    yield from map(str, page.lines)
    for group in page.groups:
        lines = [f"- {one.label}\n  {one.url}" for one in group.links]
        yield "\n".join([str(group.name), *lines])
    if page.button is not None:
        yield f"{page.button.label}:\n{page.button.url}"
    yield from map(str, page.after)
    yield "\n".join(["-- ", *map(str, page.foot)])
    if page.stop is not None:
        yield f"{page.stop.label}:\n{page.stop.url}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
