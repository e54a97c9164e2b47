from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text

from infra.stack.prefect_server import CACHE_KIB, bound_cache


def test_a_connection_that_was_opened_with_a_large_cache_has_a_small_one_in_use(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / 'prefect.db'}")

    @event.listens_for(engine, "connect")
    def as_prefect_does(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA cache_size = 20000")

    event.listen(engine.pool, "checkout", bound_cache)
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.execute(text("PRAGMA cache_size")).scalar() == -CACHE_KIB
    engine.dispose()
