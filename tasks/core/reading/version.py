"""The version of reader and chunker together; it enters the run key, so a change makes every document new work."""

READER_VERSION = "reader-5+chunker-3"
