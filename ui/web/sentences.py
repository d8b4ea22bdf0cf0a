"""Sentences of ours on a page, with names and figures of others in them."""

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from node import i18n
from node.i18n import apart, translate, translate_plural


def install(env: Environment) -> None:
    """Give templates `_` and `ngettext`. In a script from the right, what fills a place stands
    apart: a day or a full stop behind a Latin name would else wander to its other side."""
    env.install_gettext_callables(translate, translate_plural, newstyle=True)  # type: ignore[attr-defined]
    known: dict[str, Any] = env.globals
    for name in ("gettext", "ngettext"):
        known[name] = _filled_apart(known[name])


def _filled_apart(sentence: Callable[..., str]) -> Callable[..., str]:
    @pass_context
    def told(context: Context, *words: Any, **values: Any) -> str:
        if values and i18n.runs_from_the_right(i18n.language.get()):
            values = {name: _apart_if_bare(value) for name, value in values.items()}
        return sentence(context, *words, **values)

    return told


def _apart_if_bare(value: Any) -> Any:
    """What is marked up already stands in elements of its own."""
    return apart(value) if isinstance(value, str) and not isinstance(value, Markup) else value
