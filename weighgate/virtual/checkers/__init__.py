"""The design's invariants, one file each. Liveness is the world's own question, after everything is healed."""

from weighgate.virtual.checkers.barrier import BarrierNeverHits
from weighgate.virtual.checkers.bounds import Bounds
from weighgate.virtual.checkers.checker import Checker
from weighgate.virtual.checkers.durable_first import DurableFirst
from weighgate.virtual.checkers.exactly_once import ExactlyOnce
from weighgate.virtual.checkers.list_obeyed import ListObeyed
from weighgate.virtual.checkers.one_weighing import OneWeighing
from weighgate.virtual.checkers.outbox_kept import OutboxKept
from weighgate.virtual.checkers.released_with_reason import ReleasedWithReason
from weighgate.virtual.checkers.same_truck import SameTruck
from weighgate.virtual.checkers.tolerance import Tolerance
from weighgate.virtual.checkers.unknown_never_within import UnknownNeverWithin

CHECKERS: tuple[type[Checker], ...] = (
    DurableFirst,
    OutboxKept,
    OneWeighing,
    SameTruck,
    ExactlyOnce,
    ReleasedWithReason,
    UnknownNeverWithin,
    Tolerance,
    BarrierNeverHits,
    Bounds,
    ListObeyed,
)

__all__ = ["CHECKERS", "Checker"]
