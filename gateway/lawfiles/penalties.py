"""Penalty files: parsed, held to their own worked examples, and, as a directory, to each other."""

from collections.abc import Sequence
from pathlib import Path

from gateway.errors import ConfigError
from gateway.law.amounts import Amount, Band, Bands, Excess, PerStep, Range, Span, Tier, Tiers
from gateway.law.measures import Circumstances, Known, Measure, Proposal, Schedule
from gateway.law.penalties import measures_for
from gateway.lawfiles.naming import ways_back
from gateway.lawfiles.penalty_schema import Given, MeasureFile, PenaltiesFile, PenaltyExample
from gateway.lawfiles.reading import read

SPAN_KEYS = {"above_kg", "through_kg", "above_percent", "from_percent", "through_percent", "below_percent"}


def load_penalties(path: Path) -> Schedule:
    """One schedule of measures.

    Raises:
        ConfigError: a wrong shape, or an example that comes out otherwise.
    """
    file, sha256 = read(path, PenaltiesFile)
    schedule = Schedule(
        id=file.id,
        title=file.title,
        jurisdiction=file.jurisdiction,
        valid_from=file.valid_from,
        valid_until=file.valid_until,
        sha256=sha256,
        cap_yuan=file.cap_yuan,
        measures=tuple(_measure(one, file) for one in file.measures),
    )
    faults = [
        fault
        for place, example in enumerate(file.examples)
        for fault in _faults_of_example(f"examples[{place}]", example, schedule, file)
    ]
    if file.valid_until is not None and file.valid_until < file.valid_from:
        faults.append(f"valid_until: {file.valid_until} is before valid_from {file.valid_from}")
    if faults:
        raise ConfigError(str(path), faults)
    return schedule


def load_penalties_dir(directory: Path) -> tuple[Schedule, ...]:
    """Every penalty file of a directory, by file name.

    Raises:
        ConfigError: a file is wrong, two versions of one id overlap in time, or a replaced clause is nobody's or
            replaces its own stand-in; every fault with its file.
    """
    faults: list[str] = []
    loaded: list[tuple[Path, Schedule]] = []
    for path in sorted(directory.glob("*.toml")):
        try:
            loaded.append((path, load_penalties(path)))
        except ConfigError as error:
            faults += [f"{path.name}: {fault}" for fault in error.faults]
    for place, (path, schedule) in enumerate(loaded):
        faults += [
            f"{path.name}: {schedule.id} overlaps in validity with {other_path.name}"
            for other_path, other in loaded[:place]
            if other.id == schedule.id and _overlap(schedule, other)
        ]
    if not faults:
        faults = _replacing_faults(loaded)
    if faults or not loaded:
        raise ConfigError(str(directory), faults or ["holds no law file"])
    return tuple(schedule for _, schedule in loaded)


def shown(proposal: Proposal) -> str:
    """A proposal as examples write it: `carrier fine 200-1000`, `driver points 3`, `vehicle revocation`."""
    text = f"{proposal.party} {proposal.kind}"
    if proposal.amount_max_yuan is not None:
        least, most = proposal.amount_min_yuan, proposal.amount_max_yuan
        text += f" {most}" if least == most else f" {least}-{most}"
    return text if proposal.points is None else f"{text} {proposal.points}"


def _overlap(one: Schedule, other: Schedule) -> bool:
    ends = [schedule.valid_until for schedule in (one, other)]
    starts = (other.valid_from, one.valid_from)
    return all(end is None or start <= end for end, start in zip(ends, starts, strict=True))


def _replacing_faults(loaded: Sequence[tuple[Path, Schedule]]) -> list[str]:
    """One line per clause stood in for that is no measure's, or whose stand-in is stood in for by it in turn."""
    replaced: dict[str, set[str]] = {}
    for _, schedule in loaded:
        for measure in schedule.measures:
            replaced.setdefault(f"{schedule.id} {measure.clause}", set()).update(measure.replaces)
    faults = []
    for path, schedule in loaded:
        for place, measure in enumerate(schedule.measures):
            where = f"{path.name}: measures[{place}].replaces"
            faults += [f"{where}: {one!r} is no measure's clause" for one in measure.replaces if one not in replaced]
            rings = ways_back(f"{schedule.id} {measure.clause}", measure.replaces, replaced)
            faults += [f"{where}: {' -> '.join(ring)} is a ring, so that none of them is left" for ring in rings]
    return faults


def _measure(measure: MeasureFile, file: PenaltiesFile) -> Measure:
    return Measure(
        act=measure.act,
        clause=measure.clause,
        party=measure.party,
        kind=measure.kind,
        on=measure.on,
        span=Span(**measure.model_dump(include=SPAN_KEYS)),
        modes=measure.modes or file.modes,
        authority=measure.authority or file.authority,
        verified=measure.verified,
        doubt=measure.doubt,
        amount=_amount(measure),
        points=measure.points,
        facts=measure.facts,
        needs_in=measure.needs_in,
        counted=measure.counted,
        more_than=measure.more_than or 0,
        replaces=measure.replaces,
    )


def _amount(measure: MeasureFile) -> Amount | None:
    if measure.step is not None:
        return PerStep(measure.step.kg, measure.step.yuan, measure.step.rounding)
    if measure.bands:
        return Bands(tuple(Band(one.through_percent, one.yuan_per_1000_kg) for one in measure.bands))
    if measure.tiers:
        names = {"height_mm", "width_mm", "length_mm"}
        return Tiers(
            tuple(
                Tier(one.model_dump(include=names, exclude_none=True), one.min_yuan, one.max_yuan)
                for one in measure.tiers
            )
        )
    if measure.min_yuan is None or measure.max_yuan is None:
        return None
    return Range(measure.min_yuan, measure.max_yuan)


def _faults_of_example(place: str, example: PenaltyExample, schedule: Schedule, file: PenaltiesFile) -> list[str]:
    mode = example.given.mode or file.modes[0]
    found = measures_for(circumstances_of(example.given), [schedule], mode, jurisdiction=schedule.jurisdiction)
    said = [shown(proposal) for proposal in found]
    if sorted(said) == sorted(example.gives):
        return []
    return [
        f"{place}: should give {', '.join(example.gives) or 'nothing'}; the file gives {', '.join(said) or 'nothing'}"
    ]


def circumstances_of(given: Given) -> Circumstances:
    """What an example, in a file or in a table of them, asks the measures about."""
    mass = Excess(given.excess_kg, given.limit_kg)
    dimensions = given.model_dump(include={"height_mm", "width_mm", "length_mm"}, exclude_none=True)
    allowed = given.height_mm is not None and given.height_mm <= (given.police_height_mm or 0)
    rated = permitted = None
    if given.load_kg is not None and given.rated_load_kg is not None:
        rated = Excess(given.load_kg - given.rated_load_kg, given.rated_load_kg)
    if given.gross_kg is not None and given.permitted_gross_kg is not None:
        permitted = Excess(given.gross_kg - given.permitted_gross_kg, given.permitted_gross_kg)
    return Circumstances(
        over_limit=given.excess_kg > 0 or bool(dimensions) or given.axle_over,
        mass=(mass, mass) if given.excess_kg else None,
        posted=Excess(given.posted_excess_kg) if given.posted_excess_kg else None,
        dimensions_mm=dimensions,
        oversize=bool(dimensions.keys() - ({"height_mm"} if allowed else set())),
        rated_load=rated,
        permitted_gross=permitted,
        known=Known(
            facts=frozenset(given.facts),
            counts={"vehicle": given.vehicle_count, "driver": given.driver_count},
            violators=given.violators,
            fleet=given.fleet,
            sole_trader=given.sole_trader,
            goods=given.goods,
        ),
    )
