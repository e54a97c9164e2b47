"""Normal forms: one way to write what a value says, whatever words a contract uses."""
