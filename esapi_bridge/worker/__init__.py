"""The local process that keeps networks loaded and works through jobs, and how others talk to it.

Standard library only; what needs more is imported by the process itself when its first job starts. docs/worker.md
describes protocol and folders.
"""
