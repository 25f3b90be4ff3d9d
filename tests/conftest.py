"""Programs shared by all tests. Each worker of a parallel run starts its own, and ends it."""

import itertools
from collections.abc import Iterator

import psycopg
import pytest
from programs import running_mosquitto, running_postgres

_NUMBERS = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow ones first: they mostly wait for trucks, and the quick ones fill the other worker meanwhile."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def mosquitto() -> Iterator[int]:
    """The port of a private Mosquitto."""
    with running_mosquitto() as port:
        yield port


@pytest.fixture(scope="session")
def postgres() -> Iterator[int]:
    """The port of a private PostgreSQL; most tests want `postgres_url`."""
    with running_postgres() as port:
        yield port


def _connect(port: int) -> psycopg.Connection:
    return psycopg.connect(host="127.0.0.1", port=port, user="weighgate", dbname="postgres", autocommit=True)


@pytest.fixture
def postgres_url(postgres: int) -> Iterator[str]:
    """A SQLAlchemy URL of a fresh, empty database; gone after the test."""
    name = f"test_{next(_NUMBERS)}"
    with _connect(postgres) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"postgresql+psycopg://weighgate@127.0.0.1:{postgres}/{name}"
    with _connect(postgres) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
