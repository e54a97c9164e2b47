"""Recognise the text of scanned pages and of images."""
