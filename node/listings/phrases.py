"""Short words of a listing that stand apart from its text: for what a price is, what can be added,
what is on a picture. A translation says them by what they are in the listing's own language. Pure.
"""

from collections.abc import Iterable, Mapping

from node import content, limits
from node.listings.pictures import Picture, TheirPicture
from node.listings.prices import PriceView

Phrases = Mapping[str, str]
LONGEST = limits.PICTURE_ALT_LONGEST


def of(prices: Iterable[PriceView], pictures: Iterable[Picture | TheirPicture]) -> tuple[str, ...]:
    """Each once, in the order in which they are shown."""
    said = [words for one in prices for words in (one.label, one.text)]
    return tuple(dict.fromkeys(filter(None, [*said, *(one.alt for one in pictures)])))


def told(given: object, own: Iterable[str]) -> dict[str, str]:
    """What is said of one's own phrases, tidied; all else is left out. One sign more than allowed
    is kept, so that whoever checks sees it."""
    said = given if isinstance(given, Mapping) else {}
    found = {words: said.get(words) for words in own}
    tidy = {
        words: content.name(text[: 4 * LONGEST], LONGEST + 1)
        for words, text in found.items()
        if isinstance(text, str)
    }
    return {words: text for words, text in tidy.items() if text}
