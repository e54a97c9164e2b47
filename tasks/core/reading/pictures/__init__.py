"""How the pages of a file look, and where on them ranges of its text stand.

Pictures are drawn and places are found in a worker process, as reading is. Call
`tasks.core.reading.show_pages`.
"""
