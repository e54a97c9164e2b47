"""English names of months as dates have them: whole, or cut short after three letters or more."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""The letters that identify a month, January first."""
MONTH = rf"(?:{'|'.join(MONTHS)})[a-z]*"
"""A pattern for lower case; with re.IGNORECASE, for any case."""
