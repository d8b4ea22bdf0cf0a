"""Logs that nobody can rewrite unseen: Merkle trees, signed checkpoints, cosignatures. Pure.

`merkle` (RFC 9162 section 2.1), `notes` (C2SP signed notes), `checkpoints` (C2SP checkpoints and
`cosignature/v1`), `witness` (what a witness may cosign).
"""
