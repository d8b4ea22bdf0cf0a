"""Webhooks: other programs are told of what happens here, at addresses that the coop chose.

By the rules of Standard Webhooks (https://www.standardwebhooks.com). A message says what happened,
when, and to what, by ids and addresses alone: whoever may know more asks the API with a token. So
nothing of a person ever stands in a message, in the queue or in the log.

`kinds` (what can be told; pure) · `rules` (secrets, signatures, when to try again; pure) · `models`
· `queue` (what is told, claimed and written down) · `sender` (brings it there) · `commands`,
`queries`.

Slices announce events (`node.events`) and know nothing of webhooks; `node.webhook_events` stands
above them all and turns the one into the other.
"""

from node.webhooks.commands import Draft, change, create, remove, replay
from node.webhooks.kinds import KIND_WORDS, About, Kind
from node.webhooks.queries import (
    AttemptView,
    DeliveryView,
    WebhookView,
    log,
    webhook,
    webhooks,
)
from node.webhooks.queue import forget_old, tell
from node.webhooks.rules import LIFE, OFF_WORDS, Off, State
from node.webhooks.sender import Sender

__all__ = [
    "KIND_WORDS",
    "LIFE",
    "OFF_WORDS",
    "About",
    "AttemptView",
    "DeliveryView",
    "Draft",
    "Kind",
    "Off",
    "Sender",
    "State",
    "WebhookView",
    "change",
    "create",
    "forget_old",
    "log",
    "remove",
    "replay",
    "tell",
    "webhook",
    "webhooks",
]
