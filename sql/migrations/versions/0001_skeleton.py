"""Everything a contract needs on its way: source, reading, run, trail, results, views, roles."""

from sql.migrate import run_file

revision = "0001_skeleton"
down_revision = None


def upgrade() -> None:
    run_file("0001_skeleton.sql")
