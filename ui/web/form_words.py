"""What WTForms says of a field, in our words: what to write instead, in the reader's language."""

from node.i18n import Text, _

_CHOICE = _("Choose one of those that are shown.")
_WORDS: dict[str, Text] = {
    "Not a valid choice.": _CHOICE,
    "Invalid Choice: could not coerce.": _CHOICE,
    "Invalid choice(s): one or more data inputs could not be coerced.": _CHOICE,
    "'%(value)s' is not a valid choice for this field.": _CHOICE,
    "Not a valid date value.": _("Choose a day, or write it like 2027-03-31."),
    "Not a valid datetime value.": _(
        "Choose a day and a time, or write them like 2027-03-31 14:30."
    ),
    "Not a valid time value.": _("Choose a time, or write it like 14:30."),
    "Not a valid decimal value.": _("Write a number in digits, like 12.50."),
    "Not a valid integer value.": _("Write a whole number in digits, like 12."),
}


class Catalogue:
    """As a form of WTForms asks for translations."""

    def gettext(self, message: str) -> str:
        return str(_WORDS.get(message, message))

    def ngettext(self, singular: str, _plural: str, _n: int) -> str:
        return self.gettext(singular)
