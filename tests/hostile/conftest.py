from tests.support.at_once import sqlite_at_once

__all__ = ["sqlite_at_once"]
