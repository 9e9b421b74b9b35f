"""What the viewer of a page shows, chosen and packed: planes of CT, doses, differences, gamma and structures.

The script ``scripts/viewer`` unpacks and draws it.
"""
