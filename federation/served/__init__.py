"""What peers can read from this node, and in what form they hear no.

`answers` (AS2 and problem documents as responses), `requests` (what came in), `collections`
(outbox, catalogue, activities). How we describe ourselves is in `federation.ourselves`.
"""
