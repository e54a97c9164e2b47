"""Backfills: planning, control, the driver, the records of batches, and the comparison with earlier
runs."""
