"""A program that appends until it is killed, and prints each id only when the journal says it is durable.

python journal_child.py FOLDER [FILE_BYTES_MAX]
"""

import asyncio
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from journal_samples import evidence, opened, weighing

from gateway.errors import JournalError


async def main(folder: Path, file_bytes_max: int | None) -> None:
    alarms: list[str] = []
    async with await opened(folder, alarm=lambda code, detail: alarms.append(f"{code} {detail}")) as journal:
        if file_bytes_max is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes_max, resource.RLIM_INFINITY))

        async def lane(name: str) -> None:
            before = (await journal.markers()).get(name)
            passage = before.passage if before else 0
            while True:
                passage += 1
                raw = evidence(f"{name} {passage} ".encode() * 100)
                entry = await journal.append(weighing(name, passage, evidence=[raw]))
                print(f"durable {entry.id} {raw.sha256}", flush=True)

        try:
            await asyncio.gather(*(lane(f"L{number}") for number in range(8)))
        except JournalError as error:
            print(f"error {error}", flush=True)
            if file_bytes_max is not None:
                for _ in range(3):
                    try:
                        await journal.append(weighing("X", 1))
                    except JournalError:
                        print("refused", flush=True)
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                entry = await journal.append(weighing("X", 1))
                print(f"durable {entry.id} -", flush=True)
            for one in alarms:
                print(f"alarm {one}", flush=True)


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None))
