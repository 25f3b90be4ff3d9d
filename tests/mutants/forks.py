"""One question after another, each in a child of this process: what a child breaks is gone with it."""

import os
import pickle
import resource
import selectors
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

WALL_FACTOR = 20  # a child that waits takes no processor time, and its neighbours take much
MEMORY_BYTES_MAX = 4 << 30
FAILED = 3

Question = TypeVar("Question")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Child(Generic[Question]):
    question: Question
    process: int
    said: bytearray = field(default_factory=bytearray)


def answers(
    questions: Iterable[Question], answer: Callable[[Question], Answer], *, jobs: int, cpu_s_max: int
) -> Iterator[tuple[Question, Answer | None]]:
    """Each question with its answer, in the order of their ends; None where the child died or took too long."""
    waiting = iter(questions)
    with selectors.DefaultSelector() as children:
        while True:
            while len(children.get_map()) < jobs and (question := next(waiting, None)) is not None:
                pipe, process = _fork(question, answer, cpu_s_max)
                children.register(pipe, selectors.EVENT_READ, _Child(question, process))
            if not children.get_map():
                return
            for key, _ in children.select():
                child: _Child[Question] = key.data
                if more := os.read(key.fd, 1 << 16):
                    child.said += more
                    continue
                children.unregister(key.fd)
                os.close(key.fd)
                _, ended = os.waitpid(child.process, 0)
                if ended == FAILED << 8:
                    raise RuntimeError(f"what asks about {child.question} is wrong: nobody has answered")
                yield child.question, pickle.loads(child.said) if child.said else None


def _fork(question: Question, answer: Callable[[Question], Answer], cpu_s_max: int) -> tuple[int, int]:
    pipe, into = os.pipe()
    child = os.fork()
    if child:
        os.close(into)
        return pipe, child
    ended = FAILED
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s_max, cpu_s_max + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(cpu_s_max * WALL_FACTOR)
        with open(into, "wb") as out:
            out.write(pickle.dumps(answer(question)))
        ended = 0
    finally:
        os._exit(ended)
