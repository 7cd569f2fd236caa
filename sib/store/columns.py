"""store: the parts the register's tables are made of: how things are named, and the checks that columns carry."""

import re
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """What all tables share: one catalogue of their own, and their class's name in snake case."""

    metadata: ClassVar[sa.MetaData] = sa.MetaData(naming_convention=NAMES)

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


def choice(kind: type[StrEnum], name: str) -> Any:
    """A text column that takes the values of an enumeration and nothing else, on every database."""
    return sa.Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def words(column: str, *allowed: str) -> sa.CheckConstraint:
    """A text column takes these words and nothing else."""
    listed = ", ".join(f"'{word}'" for word in allowed)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def whole(*columns: str) -> tuple[sa.CheckConstraint, ...]:
    """SQLite keeps a fraction in an integer column; there, and only there, the kind of value is checked."""
    return tuple(
        sa.CheckConstraint(f"typeof({column}) = 'integer'", name=f"{column}_whole").ddl_if(dialect="sqlite")
        for column in columns
    )


def money() -> Any:
    """Minor units."""
    return Field(sa_type=sa.BigInteger)


def own_id() -> Any:
    """A number that the register gives itself, without gaps: a missing one was taken away."""
    return Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


def currency() -> sa.CheckConstraint:
    """Three letters, as ISO 4217 has them."""
    return sa.CheckConstraint("length(currency) = 3", name="currency")


def hashes(column: str) -> sa.CheckConstraint:
    """A SHA-256 in hexadecimal."""
    return sa.CheckConstraint(f"length({column}) = 64", name=column)
