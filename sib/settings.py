"""Values: where things lie and which keys are used; read once from the environment, all names begin with SIB_."""

from functools import cached_property
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from sib.errors import NotValid, Problem


class Settings(BaseSettings):
    """Everything that may differ between two machines.

    All that ``sib`` writes lies under ``home`` (``SIB_HOME``, default ``.sib`` in the working folder).
    """

    model_config = SettingsConfigDict(env_prefix="SIB_", frozen=True)

    home: Path = Path(".sib")
    register_url: str = ""
    """SQLAlchemy URL of the register (``SIB_REGISTER_URL``); empty means SQLite under ``home``."""
    small_count: int = 10
    """Counts below this are never shown to investors (``SIB_SMALL_COUNT``)."""

    @cached_property
    def register(self) -> str:
        """URL of the register's database."""
        return self.register_url or f"sqlite:///{(self.home / 'register.sqlite').resolve()}"

    @property
    def landing(self) -> Path:
        """Folder of original files, content-addressed and read-only."""
        return self.home / "landing"

    @property
    def warehouse(self) -> Path:
        """Folder of published DuckDB files and their pointer."""
        return self.home / "warehouse"

    @property
    def keys(self) -> Path:
        """Folder of the keys that turn identifiers into pseudonyms; readable by its owner only."""
        return self.home / "keys"

    @property
    def prefect_home(self) -> Path:
        """Prefect's own folder."""
        return self.home / "prefect"


def read_settings() -> Settings:
    """Read the settings from the environment; raises NotValid with every variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise NotValid(
            Problem(
                code="settings.value",
                what=f"SIB_{str(fault['loc'][0]).upper()} is not valid",
                mend=fault["msg"],
                value=str(fault["input"]),
            )
            for fault in error.errors()
        ) from None
