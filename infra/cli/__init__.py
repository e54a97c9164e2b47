"""The command line: one module for each command, thin over what the flows call.

A command module has a function of the command's name, or, for sub-commands, an `app`; it imports heavy libraries only inside
its functions. `infra.cli.main` knows which module holds which command and imports it when the command is called.
"""

EXIT_FAILED, EXIT_REFUSED, EXIT_INTERRUPTED = 1, 3, 130
