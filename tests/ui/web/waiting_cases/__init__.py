"""For every kind of what waits one story: it comes to wait for somebody, and is done."""

from tests.ui.web.waiting_cases import (  # noqa: F401 - they fill the table
    asked,
    dealings,
    money,
    offers,
    people,
    together,
)
from tests.ui.web.waiting_cases.table import CASES, Scene

__all__ = ["CASES", "Scene"]
