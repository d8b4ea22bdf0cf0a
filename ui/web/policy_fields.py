"""Policies of a draft as fields of a form, each of its type: chosen from a list, no script needed.

A field that was added comes back with the form (`has`). Who knows the keys writes lines instead.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from wtforms import TextAreaField

from node import council, policies
from node.errors import InvalidInput
from node.i18n import Text, _
from node.policies import Exact, Owner, PolicyKey, WholeNumber
from ui.web.forms import PlainForm
from ui.web.policy_words import GROUPS, options_of, way_to_ask
from ui.web.reading import Form, lines_of

ADD, DROP = "add-rule", "drop-rule"


class PolicyField(Struct):
    """One policy that a draft sets. typed: as it was filled in, several ticks with commas."""

    key: PolicyKey[Any]
    typed: str
    errors: list[Text] = field(default_factory=list)

    @property
    def id(self) -> str:
        return "policy-" + self.key.name.replace(".", "-")

    @property
    def way(self) -> str:
        return way_to_ask(self.key)

    @property
    def options(self) -> tuple[str, ...]:
        return options_of(self.key)

    @property
    def chosen(self) -> list[str]:
        return [word.strip() for word in self.typed.split(",")]

    @property
    def hint(self) -> Text:
        """How far it binds, and what can be filled in."""
        return " ".join(map(str, filter(None, (policies.MODE_WORDS[self.key.mode], self._limits))))

    @property
    def _limits(self) -> Text:
        kind = self.key.kind
        if isinstance(kind, WholeNumber | Exact):
            bounds = {"lowest": kind.lowest, "highest": kind.highest}
            if isinstance(kind, WholeNumber):
                return _("Use a whole number from %(lowest)s to %(highest)s.", **bounds)
            return _("Use a number from %(lowest)s to %(highest)s.", **bounds)
        return _("Separate them with commas.") if self.way == "list" else ""


class PoliciesForm(PlainForm):
    """A form with policies: fields of their own, and lines."""

    policies = TextAreaField(
        _("Policies as lines"),
        description=_("One a line: referrals.fee_ceiling_percent = 5"),
        render_kw={"rows": 3, "spellcheck": "false", "dir": "ltr"},
    )

    def __init__(self, formdata: Form | None = None, **given: Any) -> None:
        super().__init__(formdata, **given)
        names = _named(formdata) if formdata is not None else []
        self.rules = {name: PolicyField(_key(name), _typed(formdata, name)) for name in names}

    def set_policies(self, stored: Mapping[str, Any]) -> None:
        """Those of a text: fields where we know the key, lines where we do not."""
        known = {key: value for key, value in stored.items() if key in policies.REGISTRY}
        self.rules = {
            name: PolicyField(_key(name), policies.typed_from(_key(name).kind, value))
            for name, value in known.items()
        }
        rest = (f"{key} = {value}" for key, value in stored.items() if key not in known)
        self.policies.data = "\n".join(rest)

    def written_policies(self) -> dict[str, Any]:
        """Values by key. Raises InvalidInput."""
        lines = dict(map(_line, lines_of(self.policies.data)))
        if twice := sorted(set(lines) & set(self.rules)):
            said = _("“%(key)s” is there twice: leave one of them out.", key=twice[0])
            raise InvalidInput({"policies": [said]})
        fields = self.rules.items()
        return lines | {name: policies.stored_from(one.key.kind, one.typed) for name, one in fields}

    def complain(self, fields: Mapping[str, Sequence[Text]]) -> None:
        """What is said of a policy stands beside its field, or at the lines; what concerns no
        field, at the title."""
        for name, said in fields.items():
            if name in self.rules:
                self.rules[name].errors += said
                continue
            beside = "policies" if "." in name else name if name in self else "title"
            super().complain({beside: said})

    def offered(self, competences: Collection[str]) -> dict[Text, list[PolicyKey[Any]]]:
        """What can be added still, by parts of the coop's life: what the charter lets be decided
        together."""
        found: dict[Text, list[PolicyKey[Any]]] = {}
        for name, key in policies.REGISTRY.items():
            is_ours = council.is_within(list(competences), name)
            if is_ours and key.owner is Owner.FEDERATION and name not in self.rules:
                part = name.partition(".")[0]
                found.setdefault(GROUPS.get(part, part), []).append(key)
        return found


def is_changed(data: Form) -> bool:
    """Whether a field is to be added or left out, and nothing to be proposed yet."""
    return ADD in data or DROP in data


def _named(data: Form) -> list[str]:
    added = [str(data.get("rule", ""))] if ADD in data else []
    names = dict.fromkeys([*map(str, data.getall("has", [])), *added])
    return [name for name in names if name in policies.REGISTRY and name != data.get(DROP)]


def _typed(data: Form | None, name: str) -> str:
    """What was filled in; where nothing could be yet, what holds without a decision."""
    key = _key(name)
    if data is None or name not in data.getall("has", []):
        return policies.typed_from(key.kind, key.kind.write(key.default))
    return ", ".join(map(str, data.getall(f"policy:{name}", [])))


def _key(name: str) -> PolicyKey[Any]:
    return policies.REGISTRY[name]


def _line(line: str) -> tuple[str, object]:
    key, equals, value = (part.strip() for part in line.partition("="))
    if not equals or not key or not value:
        raise InvalidInput({"policies": [_("Write a line like: listings.max_age_days = 90")]})
    known = policies.REGISTRY.get(key)
    return key, policies.stored_from(known.kind, value) if known else value
