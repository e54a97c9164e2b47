"""E-mail: a mail's text as a document, and its attachments as documents of their own."""
