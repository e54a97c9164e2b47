"""A batch of a backfill and the newest objects are found however many there are."""

from sql.migrate import run_file

revision = "0011_growth"
down_revision = "0010_days"


def upgrade() -> None:
    run_file("0011_growth.sql")
