"""store: where Alembic starts; it works on the connection, and in the transaction, that the register hands it."""

from alembic import context

from sib.store.tables import AuditEvent

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=AuditEvent.metadata,
    render_as_batch=True,
    compare_server_default=True,
    # The register has already begun: all steps hold, or none.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
