"""Agreements: what two parties promise each other, until both say that it was done."""
