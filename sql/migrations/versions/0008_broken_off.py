"""What had come of an answer before it failed is kept."""

from sql.migrate import run_file

revision = "0008_broken_off"
down_revision = "0007_cost"


def upgrade() -> None:
    run_file("0008_broken_off.sql")
