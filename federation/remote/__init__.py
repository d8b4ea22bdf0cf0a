"""What we know of other nodes, and how we learn it.

`documents` fetches one document and checks that it is what it says it is; `actors` keeps actors as
they describe themselves; `keys` answers whose key a key id names; `discovery` finds the actor
behind an address that a person typed.
"""
