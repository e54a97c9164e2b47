"""What speaks for a candidate value of a field: one row of numbers for each pair of both.

The numbers know no field: they compare the words around a value with what the schema says of the
field, with what it says of its other fields, and with the other candidates. Each module here has a
group of columns.
"""

from tasks.core.native.own.evidence.changes import replaced_values, with_changes
from tasks.core.native.own.evidence.rows import ALL_COLUMNS, evidence, with_rivals

__all__ = ["ALL_COLUMNS", "evidence", "replaced_values", "with_changes", "with_rivals"]
