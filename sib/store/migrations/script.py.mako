"""store: ${message}"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from sib.store.migrations.guards import guard
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    # A batch change makes a table anew on SQLite and loses its triggers: call guard() for every table touched.
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
