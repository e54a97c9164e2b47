"""The evidence page: the pages of a contract with every value boxed on its words, as one HTML file.

`page.py` holds what a page shows, `html.py` writes it. The other modules make it from what is stored.
"""
