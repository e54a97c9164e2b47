"""Who counted the tokens of an answer, and views over what work cost."""

from sql.migrate import run_file

revision = "0007_cost"
down_revision = "0006_any_generator"


def upgrade() -> None:
    run_file("0007_cost.sql")
