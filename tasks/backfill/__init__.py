"""A backfill: planned, run in batches at low priority, paused and resumed at will, and compared with what was before."""
