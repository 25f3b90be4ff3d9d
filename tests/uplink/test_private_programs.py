"""The programs that other tests lean on are real, private, and fresh for each test."""

import subprocess

import pytest
import sqlalchemy
from programs import find_program


@pytest.mark.needs_postgres
@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_has_an_empty_database(postgres_url: str, attempt: int) -> None:
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as connection:
        assert (
            connection.execute(sqlalchemy.text("select count(*) from pg_tables where schemaname='public'")).scalar()
            == 0
        )
        connection.execute(sqlalchemy.text("create table trace (n int)"))
    engine.dispose()


@pytest.mark.needs_mosquitto
def test_the_broker_takes_a_message(mosquitto: int) -> None:
    command = [find_program("mosquitto_pub"), "-p", str(mosquitto), "-t", "trace", "-m", "1", "-q", "1"]
    subprocess.run(command, check=True, timeout=20)
