"""The peers: everything that happens between this node and other nodes.

Reading order: `ambient` (time and randomness), `settings` (every limit), `errors`; `storage/` (one
unit of work at a time); `models` (the tables any federated program needs); `identities` (who we
are); `guard` and `http_client` (the one way out); `remote/` (what we know of others), `relations`
and `moderation` (how we stand with them); `handlers` and `documents` (where the node plugs in);
`inbox/`, `outbox`, `delivery/`, `sync` (messages in and out); `runtime` and `routes` (the roof).

Nothing here knows what a listing or a vote is.
"""
