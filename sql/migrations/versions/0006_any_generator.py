"""Records with parts, and what had to be mended in a model's answer."""

from sql.migrate import run_file

revision = "0006_any_generator"
down_revision = "0005_normal_form"


def upgrade() -> None:
    run_file("0006_any_generator.sql")
