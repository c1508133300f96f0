"""Service accounts in the database: user names and passwords encrypted, and never read back by a user."""

from sqlalchemy import insert, select, update

from ctl_jupyter.documents import ServiceAccount
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.schema import service_accounts
from ctl_jupyter.service.vault import Vault

__all__ = ["ServiceAccounts"]


class ServiceAccounts:
    """Keeps the service accounts of each account."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def create(self, account: str, new: ServiceAccount) -> bool:
        """Store a new one; whether its alias was free."""
        mine = (service_accounts.c.account_alias == account, service_accounts.c.alias == new.alias)
        with self._database.write() as connection:
            if connection.execute(select(service_accounts.c.alias).where(*mine)).first() is not None:
                return False
            connection.execute(
                insert(service_accounts).values(account_alias=account, alias=new.alias, sealed=self._sealed(new))
            )
        return True

    def replace(self, account: str, new: ServiceAccount) -> bool:
        """Store what takes the place of the one of that alias; whether there is one."""
        mine = (service_accounts.c.account_alias == account, service_accounts.c.alias == new.alias)
        with self._database.write() as connection:
            query = update(service_accounts).where(*mine).values(sealed=self._sealed(new))
            return bool(connection.execute(query).rowcount)

    def aliases(self, account: str) -> list[str]:
        """Return the aliases of an account, in alphabetical order."""
        query = select(service_accounts.c.alias).where(service_accounts.c.account_alias == account)
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(service_accounts.c.alias)).scalars())

    def _sealed(self, new: ServiceAccount) -> bytes:
        return self._vault.seal({"username": new.username, "password": new.password})
