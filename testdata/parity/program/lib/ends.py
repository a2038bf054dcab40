def form_feed():
    return 1


# a comment
CRLF = 1
if CRLF:
    a = 2
TEXT = "abc d"
last = 1