"""Which revision of the tables a database has, and bringing it to the newest one.

A new database is made as ``schema`` says. Only an older one needs Alembic, which is imported for it alone.
"""

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, inspect, select

from ctl_jupyter.service.store.schema import metadata

__all__ = ["REVISIONS", "DatabaseTooNew", "bring_up_to_date"]

#: Oldest first; each but the first has its migration in ``migrations/versions``.
REVISIONS = ("0001", "0002")

# Alembic's own table and its only row, named here so that one look tells that there is nothing to do.
_version = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


class DatabaseTooNew(Exception):
    """The database was made by a newer version of this package."""

    def __init__(self) -> None:
        super().__init__(
            "The database of the embedded Runner was made by a newer ctl-jupyter: install that version, "
            "or set CTL_RUNNER_HOME to another directory."
        )


def bring_up_to_date(connection: Connection) -> None:
    """Make the tables of a new database, migrate those of an older one; all in the connection's transaction.

    Raises
    ------
    DatabaseTooNew
        When its revision is none of `REVISIONS`.
    """
    known = set(inspect(connection).get_table_names())
    if not known:
        metadata.create_all(connection, checkfirst=False)
        _version.create(connection)
        connection.execute(insert(_version).values(version_num=REVISIONS[-1]))
        return
    # The first versions did not note their revision.
    revision = connection.execute(select(_version.c.version_num)).scalar() if _version.name in known else None
    if revision not in (None, *REVISIONS):
        raise DatabaseTooNew
    if revision != REVISIONS[-1]:
        _migrate(connection, stamp_first=revision is None)


def _migrate(connection: Connection, *, stamp_first: bool) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if stamp_first:
        command.stamp(config, REVISIONS[0])
    command.upgrade(config, REVISIONS[-1])
