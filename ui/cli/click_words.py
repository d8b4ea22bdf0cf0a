"""What click says to people, for the catalogues: click ships no translations.

A test compares this with the version of click that is installed. A translation may leave out a
place that click fills in English, such as the kind of a value.
"""

from node.i18n import _, ngettext

WORDS = (
    _("[OPTIONS]"),
    _("COMMAND [ARGS]..."),
    _("Usage:"),
    _("Options"),
    _("Commands"),
    _("Positional arguments"),
    _("Show the version and exit."),
    _("Show this message and exit."),
    _("env var: {var}"),
    _("default: {default}"),
    _("required"),
    _("deprecated"),
    _("Aborted!"),
    _("Error: {message}"),
    _("Try '{command} {option}' for help."),
    _("Missing command."),
    _("Missing argument"),
    _("Missing option"),
    _("Missing parameter"),
    _("No such option {name!r}."),
    _("No such command {name!r}."),
    _("Option {name!r} does not take a value."),
    _("Argument {name!r} takes {nargs} values."),
    _("Invalid value: {message}"),
    _("Invalid value for {param_hint}: {message}"),
    _("{value!r} is not a valid {number_type}."),
    _("{value!r} is not a valid boolean. Recognized values: {states}"),
    _("{value} is not in the range {range}."),
    _("Choose from:\n\t{choices}"),
    _("{name} {filename!r} does not exist."),
    _("{name} {filename!r} is a file."),
    _("{name} {filename!r} is a directory."),
    _("{name} {filename!r} is not readable."),
    _("{name} {filename!r} is not writable."),
    _("Could not open file {filename!r}: {message}"),
    _("unknown error"),
    _("Error: invalid input"),
)
WORDS_OF_NUMBER = (
    ngettext("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", 2),
    ngettext(
        "Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})", 2
    ),
    ngettext(
        "Option {name!r} requires an argument.",
        "Option {name!r} requires {nargs} arguments.",
        2,
    ),
    ngettext("{value!r} is not {choice}.", "{value!r} is not one of {choices}.", 2),
    ngettext(
        "{value!r} does not match the format {format}.",
        "{value!r} does not match the formats {formats}.",
        2,
    ),
)
