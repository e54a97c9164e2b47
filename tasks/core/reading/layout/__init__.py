"""Order and sort a page's lines: columns, margins, tables, agreements."""
