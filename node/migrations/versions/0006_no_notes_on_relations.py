"""no notes on relations

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.

Nothing has ever written or read them.
"""

from alembic import op

revision = '0006_no_notes_on_relations'
down_revision = '0005_kinds_roles_and_watches'


def upgrade() -> None:
    with op.batch_alter_table('relation', schema=None) as batch_op:
        batch_op.drop_column('note')
