"""The page docs/devices.md, from what the code says of every device, and from trying sniff on every format.

    python -m weighgate.device_page [--sniff] docs/devices.md

Without --sniff the sniff table of the page stays as it is: to try every format at every setting takes a minute.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from drivers.catalogue import devices
from drivers.description import Description, Kind
from drivers.overheard import load_formats
from weighgate.confusion import SENT, Trial, formats, trials
from weighgate.shipped import config_dir

KINDS: dict[Kind, str] = {
    "scale": "Scales",
    "board": "I/O boards",
    "camera": "Cameras",
    "records": "Records from other systems",
    "sign": "Signs",
    "voice": "Voice",
    "ticket": "Tickets",
}
NOTES: dict[Kind, str] = {
    "scale": """Nothing is ever written to a scale unasked. Where a register map has commands (address and value as in
its manual), an installer has them done while the lane is empty:

```sh
weighgate scale LANE zero --by WHO --reason WHY --site site.toml
```

`zero`, `tare`, `clear`: whichever the map names. Who and why is an entry before the command goes out, and what the
instrument answered is another. To an indicator that speaks frames no letter is sent for it: the same letter reads on
one model and tares on another.

What an installer gets wrong is never a weight. The page and the state of the device say which it is:

| On the wire | The state says |
|---|---|
| half frames | bytes arrive but no frame of … |
| the wrong baud rate | bytes arrive but no frame of … |
| seven data bits read as eight | the line looks like bytesize=7&parity=E |
| a printer's characters above 7F | above 7F that are no parity |
| two indicators | two indicators on one wire? |
| an indicator that repeats its last frame for ever | frozen: the same … for … s |
| an indicator in tonnes where the site file says kg | does the indicator show another unit than the site file says? |
| a register map that is one off | the map does not fit: is an address one off, … |""",
    "records": """A checkpoint takes them in where its site file names the source:

```toml
[[records]]
id = "wim-1"                    # POST /api/v1/finished/wim-1 with Authorization: Bearer <the site's local token>
format = "wim-csv"              # one of the names below
# from = ["192.168.1.99"]       # a box that can send no header: POST /finished/wim-1 from there needs no token
# folder = "inbox"              # where it leaves files instead; relative to this file
group_spacing_mm = 1800         # axles nearer than this stand in one group; else the register tells
interval_kg = 100
serial_number = "…"
certificate = "…"
issuer = "…"
valid_until = 2027-12-31
class = "5"
```

The body is one message, or a file: at most 1 MiB and 1000 records, a longer one in pieces; one that has grown may be
sent whole again. A message may come as multipart/form-data with its pictures beside it: they are kept as evidence.
Each record becomes a weighing entry before it is answered, the bytes as evidence, and once: by the source's own id and
time, else by all it says. One with neither id nor time cannot be told from a repeat and is flagged so. Law reads it as
of a place where nobody enforces, on the day it was weighed: a lead, until people have reviewed it. It moves no
barrier, holds nobody and ends no hold: the entry's action is null. The marks of its source and contradictions
(`incomplete`) leave it undetermined; a time more than 31 days back or five minutes ahead is not believed.

`from` names addresses or networks, never everybody, and opens this one source: whoever can send from there can say
anything in its name, so it belongs on a wire of its own.

A folder is looked at every 5 s. A file that has stood unchanged for three looks (twelve, where its last line has no
end) is claimed into `taking`, goes into the journal, and then into `taken`, or into `refused` where anything in it was
refused, which is told. The gateway must be able to write there; files are finished when they come: one that is written
to for days is sent to the door instead. At most 4 MiB and 20 000 records each; the newest 1000 stay in either folder.

Not there: pictures beside files (no format below names any in its records: a message brings them with it), and sources
at a toll entrance or a source enterprise. After a damaged journal was set aside, a record that the old one holds is
stored again if it is sent again.
""".rstrip(),
    "ticket": """What a lane's printer would print of an invented weighing; `--print` prints it too, and
`--picture ticket.png --font FONT.ttc` draws it:

```sh
weighgate ticket site.toml --lane 1
```""",
}
PROOF = {
    "captured": "taken from a wire",
    "manual": "printed in a manual",
    "test-suite": "from a public test suite",
    "field": "from a field project's code",
    "constructed": "made by a rule that a source confirms",
}
SNIFF = "## How often sniff is right"

HEAD = """# Devices

What Weighgate speaks with, where each fact comes from, what to set on the device, and what to write into the site file.
This page is made from the code: `make devices` writes it, a test compares it, and every sample below is loaded by a
test. **Nothing here has been verified on real hardware**; each entry names what only the real thing can show. *Frames*
says how the frames of its tests were come by, the best first: {proofs}.

A box that nobody knows: `weighgate sniff /dev/ttyUSB0` listens and says what it speaks.
"""
OVERHEARD = """## Overheard

What else may pass on such a wire: told, so that nobody takes it for a weight.

"""
SNIFF_HEAD = """
Each format, as an indicator would send it while a truck drives on, stands and drives off, is heard bit by bit by a
receiver that walks the settings as `weighgate sniff` does (`simulator/uart.py`; a pseudo-terminal carries no bits).
Sent at: {settings}. Formats that need the eighth bit are not sent on seven.

*Sure*: this format and the line's setting are named, and nobody else. *Ambiguous*: it is named with those that fit the
bytes as well; both readings are shown, and only the indicator's own display can tell. *Missed*: nobody is named. Not
modelled, for hardware alone to show: slow edges and reflections on a long line, two drivers at once, drifting clocks.

| Format | Tried | Sure | Ambiguous, with | Missed | Wrong |
|---|---|---|---|---|---|
"""


def page(maps: Path, sniff_rows: Sequence[str]) -> str:
    """All of it. `sniff_rows`: the table's rows, as `sniff_row` makes them."""
    proofs = "; ".join(f"*{name}*, {words}" for name, words in PROOF.items())
    settings = ", ".join(map(str, SENT))
    sections = [
        HEAD.format(proofs=proofs),
        *_kinds(maps),
        OVERHEARD + _overheard(),
        SNIFF + "\n" + SNIFF_HEAD.format(settings=settings) + "".join(f"{row}\n" for row in sniff_rows),
    ]
    return "\n".join(sections)


def _kinds(maps: Path) -> Iterator[str]:
    in_order = sorted(devices(maps), key=lambda one: list(KINDS).index(one[1].kind))
    for kind, found in groupby(in_order, key=lambda one: one[1].kind):
        yield f"## {KINDS[kind]}\n\n{_note(kind)}" + "\n".join(_entry(name, one) for name, one in found)


def _note(kind: Kind) -> str:
    return f"{NOTES[kind]}\n\n" if kind in NOTES else ""


def _entry(name: str, one: Description) -> str:
    rows = [
        f"### `{name}`: {one.title}\n",
        f"* Models: {', '.join(one.models)}",
        f"* Facts: {'; '.join(one.sources)}",
        f"* Frames: {', '.join(one.proof)}",
        f"* To set on it: {one.settings}",
        f"* Unverified: {one.unverified}",
    ]
    if one.sample:
        rows.append(f"\n```toml\n{one.sample.strip()}\n```")
    return "\n".join(rows) + "\n"


def _overheard() -> str:
    return "".join(f"* `{one.name}`: {one.title}\n" for one in load_formats().values())


def sniff_row(tried: Sequence[Trial]) -> str:
    """One format's trials. What was missed or taken for another is named with its setting."""
    rivals = Counter(name for one in tried if one.right for name in one.named if name != one.protocol)
    ambiguous = sum(one.right and not one.sure for one in tried)
    cells = (
        f"`{tried[0].protocol}`",
        str(len(tried)),
        str(sum(one.sure for one in tried)),
        f"{ambiguous}: {', '.join(f'`{name}`' for name in sorted(rivals))}" if ambiguous else "–",
        ", ".join(str(one.sent) for one in tried if not one.named) or "–",
        ", ".join(f"{one.sent}: {' or '.join(one.named)}" for one in tried if one.wrong) or "–",
    )
    return f"| {' | '.join(cells)} |"


def sum_row(rows: Sequence[str]) -> str:
    """The last one, from the others: how many of all were tried, sure, ambiguous."""
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    tried, sure = (sum(int(one[column]) for one in cells) for column in (1, 2))
    ambiguous = sum(int(one[3].partition(":")[0]) for one in cells if one[3] != "–")
    missed, wrong = (sum(len(one[column].split(", ")) for one in cells if one[column] != "–") for column in (4, 5))
    return f"| **all** | {tried} | {sure} | {ambiguous} | {missed} | {wrong} |"


def try_sniff() -> list[str]:
    """Every format at every setting: a minute."""
    made = trials(formats())
    rows = [sniff_row(list(tried)) for _, tried in groupby(made, key=lambda one: one.protocol)]
    return [*rows, sum_row(rows)]


def rows_of(text: str) -> list[str]:
    """The sniff table's rows as they stand on a page."""
    section = text.partition(SNIFF)[2]
    return [row for row in section.splitlines() if row.startswith(("| `", "| **"))]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--sniff", action="store_true", help="try every format at every setting anew")
    words.add_argument("page", type=Path)
    given = words.parse_args()
    kept = rows_of(given.page.read_text(encoding="utf-8")) if given.page.exists() and not given.sniff else None
    rows = try_sniff() if kept is None else kept
    given.page.write_text(page(config_dir() / "registers", rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
