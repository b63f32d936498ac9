"""The report of a period, on a page, on paper and by mail.

period (`periods`) → what happened in it (`content`, `incidents`) → a page (`views`, `drawing`) or a
mail (`mail`, `pictures`), which people choose (`readers`) and a row owes (`sending`).
"""
