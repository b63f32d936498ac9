"""The period before a range, as long as it: its curves, and each figure beside the present one.

A module for each page; all word their figures by `rows` and place their curves by `period`.
"""
