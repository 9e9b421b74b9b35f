"""The viewer of a page: planes of CT, doses, differences, gamma and structures that one can scroll through.

The Python modules choose and pack what it shows; the JavaScript beside them, without any library, unpacks and draws it.
"""
