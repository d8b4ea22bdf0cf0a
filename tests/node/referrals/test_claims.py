"""What a coop claims, or a desk writes down, is only told to the person where it can be so."""

import pytest

from federation.handlers import Applied
from node import referrals
from node.errors import InvalidInput
from protocol.vocabulary.referrals import DELETION_RECEIPT
from tests.node.listings.conftest import GROCER
from tests.node.referrals.conftest import Loaf
from tests.stories.referring import BOILER, PERSON


async def test_a_deletion_that_nobody_asked_for_is_not_believed(loaf: Loaf) -> None:
    view, code = await loaf.pass_on(BOILER)

    async def receipt(number: int):
        document = {
            "id": f"{GROCER}/said/{number}",
            "type": "Document",
            "kind": DELETION_RECEIPT,
            "attributedTo": GROCER,
            "context": view.uri,
            "termsDigest": view.terms_digest,
            "published": "2027-01-01T00:00:00Z",
        }
        return await loaf.hear(GROCER, "Create", document)

    async def deleted_at():
        [attempt] = (await loaf.read(referrals.page, code)).attempts
        return attempt.deleted_at

    assert (await receipt(1)).code == "deletion-unasked"
    await loaf.accepted_by(GROCER, view)
    assert (await receipt(2)).code == "deletion-unasked"
    assert await deleted_at() is None
    await loaf.write(referrals.withdraw_consent, code)
    assert await receipt(3) == Applied()
    assert await deleted_at() == loaf.clock.now()


async def test_a_yes_on_paper_names_a_language_there_is(loaf: Loaf) -> None:
    view = await loaf.write(referrals.start, BOILER, person=PERSON, by="desk")
    asked = {"recipients": [GROCER], "fields": ["name"], "by": "desk"}
    view = await loaf.write(referrals.ask_consent, view.id, **asked)
    for language in ("x" * 90, "xx", ""):
        with pytest.raises(InvalidInput, match="language"):
            await loaf.write(
                referrals.note, view, "paper", witness="w", language=language, by="desk"
            )
    noted = await loaf.write(referrals.note, view, "paper", witness="w", language="ur", by="desk")
    assert noted.language == "ur"
