"""Joining: how somebody becomes a member, from the form to the register.

`rules` (the way of an application as a table, who may take which step, what a form can ask) ·
`commands` · `queries` · `sponsors` (members who vouch for an applicant). What applicants write is
sealed in the vault, and destroyed some time after the end. They need no account: a secret link
leads them back, and once they are admitted, in.
"""

from node.joining import personal  # noqa: F401 - it registers itself
from node.joining.commands import (
    Applied,
    apply,
    forget_member,
    renew_link,
    say_form_in,
    set_form,
    step,
)
from node.joining.invited import agree_as_invited
from node.joining.queries import (
    APPLICANT,
    ApplicationView,
    Whole,
    agreed_to,
    applications,
    by_secret,
    current_form,
    is_open,
    is_other_there,
    whole,
)
from node.joining.rules import (
    ADMISSIONS,
    AT_REST,
    MAY,
    TO_DECIDE,
    UNDER_WAY,
    WITH_WORDS,
    Actor,
    ConsentText,
    ConsentWords,
    Event,
    Form,
    Particulars,
    Question,
    Status,
    applying,
    check_application,
    steps,
)
from node.joining.sponsors import (
    CAN_BE_NAMED,
    Asked,
    Sponsors,
    asked,
    asked_of,
    name_sponsor,
    sponsor_code,
    sponsors,
    vouch,
)
from node.joining.tongues import FormWords, languages, missing, told

__all__ = [
    "ADMISSIONS",
    "APPLICANT",
    "AT_REST",
    "CAN_BE_NAMED",
    "MAY",
    "TO_DECIDE",
    "UNDER_WAY",
    "WITH_WORDS",
    "Actor",
    "ApplicationView",
    "Applied",
    "Asked",
    "ConsentText",
    "ConsentWords",
    "Event",
    "Form",
    "FormWords",
    "Particulars",
    "Question",
    "Sponsors",
    "Status",
    "Whole",
    "agree_as_invited",
    "agreed_to",
    "applications",
    "apply",
    "applying",
    "asked",
    "asked_of",
    "by_secret",
    "check_application",
    "current_form",
    "forget_member",
    "is_open",
    "is_other_there",
    "languages",
    "missing",
    "name_sponsor",
    "renew_link",
    "say_form_in",
    "set_form",
    "sponsor_code",
    "sponsors",
    "step",
    "steps",
    "told",
    "vouch",
    "whole",
]
