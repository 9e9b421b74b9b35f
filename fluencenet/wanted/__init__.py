"""Wanted dose: the dose that a plan of these contours, fields and prescription would have, where there is no plan yet.

A network learns it from plans; it stands in front of the fluence network, which asks for a dose to imitate. The next
step that Lee et al. (Sci Rep 9 (2019) 15671) name.
"""
