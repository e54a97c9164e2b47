"""Test files with footnotes, made by every program that can be installed, each with the truth beside it.

The document is invented (`compose`), a program sets it (`producers`), and the pages of the finished PDF say where its notes are
(`truth`). Run `python -m tests.bench.note_files --list` for the producers; `tests.bench.note_reading` scores our reader on a folder.
"""
