"""Finding out what a box speaks: what came over the wire, held against every wire format there is.

    line.py     how a byte may have been cut: baud rate, parity, data bits, and which of them bytes alone betray
    hearing.py  one format's account of what was heard: how much of it, how well, and what it read
    ranking.py  the accounts beside each other: best first, and who cannot be told from whom
    troubles.py what is wrong where nobody is recognised: in words for whoever stands before it
    walk.py     listening on a live line, setting after setting, until something is sure

It sends nothing, except requests that are reads on every known model, and those only when asked to.
"""
