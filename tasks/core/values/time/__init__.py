"""The grammar of dates and lengths of time; `dates.py` and `durations.py` above are its doors."""
