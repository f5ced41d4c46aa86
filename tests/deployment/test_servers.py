"""The databases and the broker that the tests give themselves."""

import time

from sqlalchemy import text

from app.db import Database
from tests import servers


def test_a_migrated_database_is_ready(database: Database) -> None:
    assert database.is_ready()
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM responses")) == 0


def test_an_empty_database_is_not_ready(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert not database.is_ready()
    database.close()


def test_the_broker_is_empty(valkey_url: str) -> None:
    import redis

    with redis.Redis.from_url(valkey_url) as connection:
        assert connection.dbsize() == 0
        connection.set("left", "behind")


def test_the_broker_is_empty_again(valkey_url: str) -> None:
    test_the_broker_is_empty(valkey_url)


def test_a_killed_broker_comes_back_with_what_it_held(own_valkey: servers.Valkey) -> None:
    import redis

    with redis.Redis.from_url(own_valkey.url) as connection:
        connection.lpush("fold", "a hint")
    time.sleep(1.2)  # the append-only file is synced every second
    own_valkey.kill()
    own_valkey.start()
    with redis.Redis.from_url(own_valkey.url) as connection:
        assert connection.llen("fold") == 1


def test_a_killed_database_comes_back_with_what_was_committed(own_postgres: servers.Postgres) -> None:
    with servers.administration(own_postgres.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
    own_postgres.stop("immediate")
    own_postgres.start()
    with servers.administration(own_postgres.url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (1,)
