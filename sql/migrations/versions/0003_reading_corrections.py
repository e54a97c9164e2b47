"""The way back from the corrected text to the file's own letters."""

from sql.migrate import run_file

revision = "0003_reading_corrections"
down_revision = "0002_reading_extras"


def upgrade() -> None:
    run_file("0003_reading_corrections.sql")
