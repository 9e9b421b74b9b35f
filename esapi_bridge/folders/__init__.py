"""Folders that are there whole or not at all, and those whose every byte is known. Standard library only."""
