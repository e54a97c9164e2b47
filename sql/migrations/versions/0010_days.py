"""Days are counted as runs end, so that a board reads a row a day and not every run."""

from sql.migrate import run_file

revision = "0010_days"
down_revision = "0009_backfill"


def upgrade() -> None:
    run_file("0010_days.sql")
