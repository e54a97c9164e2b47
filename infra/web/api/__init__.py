"""The read-only HTTP interface: runs, documents, values, citations and coverage as JSON."""
