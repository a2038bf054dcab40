# -*- coding: latin-1 -*-
name = "café"
if name:
    other = "éé"  # pragma: no cover
else:
    other = 2
