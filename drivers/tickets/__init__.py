"""Tickets: what is on them, how they look, and the printer that prints them."""

from drivers.tickets.printer import DESCRIPTION, TicketPrinter
from drivers.tickets.ticket import Ticket, preview

__all__ = ["DESCRIPTION", "Ticket", "TicketPrinter", "preview"]
