"""The local process that keeps networks loaded and runs jobs, its protocol and its client.

Standard library only; what needs more is imported by the process itself when its first job starts.
docs/reference/worker.md describes protocol and folders.
"""
