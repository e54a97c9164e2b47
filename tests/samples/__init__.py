"""The sample documents and the script that makes them. The PDFs are committed; nothing here is imported at run time."""
