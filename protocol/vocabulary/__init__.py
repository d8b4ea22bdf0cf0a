"""What our messages are made of: one file per concept, dataclasses on one side, JSON on the other.

`base` reads single properties, `activities` and `actors` are ActivityPub's own, `collections` its
pages, `places` AS2's Place, `listings` the trade vocabulary of FEP-0837. Parsers take what
`protocol.jsonld.normalise` returns; builders return documents ready to be signed.
"""
