"""The steps of a contract, one file or folder each, and what the steps share."""
