"""Addresses of the words by which a coop sorts what it offers. Pure."""

from urllib.parse import quote

from node.text import fold

CATEGORIES = "/categories"
"""Where they stand, as a vocabulary."""


def category_uri(base: str, category: str) -> str:
    """Words that differ in case and accents alone are one category. base: our address."""
    return f"{base}{CATEGORIES}#category-{quote('-'.join(fold(category).split()), safe='')}"


def kind_uri(base: str, kind: str) -> str:
    """Of a kind of listing."""
    return f"{base}{CATEGORIES}#kind-{kind}"
