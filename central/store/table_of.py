"""The table behind a row's class: for statements that want columns and make no objects of rows."""

from sqlalchemy import Table
from sqlmodel import SQLModel


def table_of(row: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(row.__tablename__)]
