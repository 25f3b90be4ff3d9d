"""Who read what. One row an hour for one question asked by one reader, however often a page polls it."""

from sqlalchemy import BigInteger, Column, Index, String
from sqlmodel import Field, SQLModel

from central.store.table_of import table_of


class AccessRow(SQLModel, table=True):
    __tablename__ = "access_log"
    __table_args__ = (Index("access_newest", "hour_ms", "who", "method", "path", "query"),)

    who: str = Field(sa_column=Column(String(64), primary_key=True))
    method: str = Field(sa_column=Column(String(8), primary_key=True))
    path: str = Field(sa_column=Column(String(200), primary_key=True))
    query: str = Field(sa_column=Column(String(400), primary_key=True))
    hour_ms: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    first_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    times: int = Field(sa_column=Column(BigInteger, nullable=False))


ACCESS = table_of(AccessRow)
