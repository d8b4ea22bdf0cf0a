"""Every table of the node, imported in one place for migrations and tests.

SQLAlchemy knows a table once its module has been imported; nothing else is needed from here.
"""

import node.accounts.models
import node.audit.models  # noqa: F401
