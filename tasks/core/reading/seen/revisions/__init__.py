"""Compare the signed revisions of a file with what it says now."""
