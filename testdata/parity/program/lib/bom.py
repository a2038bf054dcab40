# a byte order mark
a = 1
if a:
	b = 2
else:
	b = 3
