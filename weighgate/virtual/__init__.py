"""The virtual world: the real gateway, journal, relay and central on clocks that cost nothing; everything goes wrong.

swarm (what goes wrong, by the seed) ──▶ world ──▶ checkers (one file per invariant) ──▶ soak (many seeds, a ledger)
"""
