"""The command line: one file a command, each thin, with heavy imports inside the command's body."""
