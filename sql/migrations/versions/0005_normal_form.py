"""Values in one form that people sort and compare by, beside the words of the document."""

from sql.migrate import run_file

revision = "0005_normal_form"
down_revision = "0004_error_book"


def upgrade() -> None:
    run_file("0005_normal_form.sql")
