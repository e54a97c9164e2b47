"""The error book: what a generator drafted against gold and against reviewers."""

from sql.migrate import run_file

revision = "0004_error_book"
down_revision = "0003_reading_corrections"


def upgrade() -> None:
    run_file("0004_error_book.sql")
