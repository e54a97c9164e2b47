"""The version of reader and chunker together; it enters the run key, so a change makes every document new work."""

READER_VERSION = "reader-5+chunker-3"

TEXT_VERSION = "text-1+" + READER_VERSION.partition("+")[2]
"""Of plain texts: their reader is another one, and its changes make no PDF new work."""
