"""`weighgate demo`: three sites, a broker and central, each a process of its own, and a report of truth."""

from weighgate.demo.play import run_demo

__all__ = ["run_demo"]
