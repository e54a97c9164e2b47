"""A backfill knows each of its documents, and what was forecast of it."""

from sql.migrate import run_file

revision = "0009_backfill"
down_revision = "0008_broken_off"


def upgrade() -> None:
    run_file("0009_backfill.sql")
