"""Beginnings: what is left to do for whoever has made a node, until it is done or put away.

`steps` (what they are, and which are done) · `models` (who put the list away) · `commands`.
"""

from node.beginnings import personal  # noqa: F401 - it registers itself
from node.beginnings.commands import forget_account, hide
from node.beginnings.steps import Step, is_new, steps

__all__ = ["Step", "forget_account", "hide", "is_new", "steps"]
