"""Programs shared by all tests. Each worker of a parallel run starts its own, and ends it."""

import os
from collections.abc import Iterator

import pytest
from programs import fresh_database, running_mosquitto, running_postgres


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow ones first: they mostly wait for trucks, and the quick ones fill the other worker meanwhile."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: the slow tests wait for trucks most of their time."""
    return (os.cpu_count() or 1) + 1


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


@pytest.fixture
def postgres_url(postgres: int) -> Iterator[str]:
    """A SQLAlchemy URL of a fresh, empty database; gone after the test."""
    with fresh_database(postgres) as url:
        yield url
