"""Measure which letters the page shows: covers by geometry, then by rendering."""
