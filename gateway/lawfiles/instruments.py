"""Files of permissible errors: parsed, and made to compute their own worked bands."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.errors import ConfigError
from gateway.law.proof import ClassError, ErrorTable, StepError
from gateway.lawfiles.reading import read
from gateway.lawfiles.schema import Kg, Strict, Text, Verified

Count = Annotated[int, Field(ge=1, le=100_000, strict=True)]


class CoverageFile(Strict):
    factor_thousandths: Annotated[int, Field(ge=1000, le=10_000, strict=True)]
    clause: Text
    verified: Verified


class StepFile(Strict):
    through_intervals: Count | None = None
    intervals: Count


class ClassFile(Strict):
    clause: Text
    verified: Verified
    basis_points: Annotated[int, Field(ge=1, le=5000, strict=True)] | None = None
    floor_intervals: Count | None = None
    steps: tuple[StepFile, ...] = ()


class BandExample(Strict):
    class_: Text = Field(alias="class")
    interval_kg: Kg
    weighings: Count
    limit_kg: Kg
    band_kg: Kg


class InstrumentsFile(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    title: Text
    source: Text
    coverage: CoverageFile
    classes: dict[str, ClassFile]
    examples: tuple[BandExample, ...] = Field(min_length=1)


def load_instruments(path: Path) -> ErrorTable:
    """The permissible errors by class.

    Raises:
        ConfigError: a wrong shape, a class with neither or both forms of error, or an example that comes out otherwise.
    """
    file, sha256 = read(path, InstrumentsFile)
    faults = [fault for name, one in file.classes.items() for fault in _class_faults(name, one)]
    faults += [
        f"examples[{place}].class: {one.class_!r} is no class of this file"
        for place, one in enumerate(file.examples)
        if one.class_ not in file.classes
    ]
    if faults:
        raise ConfigError(str(path), faults)
    classes = {name: _class(one) for name, one in file.classes.items()}
    for place, one in enumerate(file.examples):
        found_kg = classes[one.class_].band_kg(one.limit_kg, one.interval_kg, one.weighings)
        if found_kg != one.band_kg:
            faults.append(f"examples[{place}]: the band should be {one.band_kg} kg, the class says {found_kg}")
    if faults:
        raise ConfigError(str(path), faults)
    coverage = file.coverage
    return ErrorTable(file.id, sha256, classes, coverage.factor_thousandths, coverage.clause, coverage.verified)


def _class_faults(name: str, one: ClassFile) -> list[str]:
    by_share = one.basis_points is not None and one.floor_intervals is not None and not one.steps
    by_steps = one.basis_points is None and one.floor_intervals is None and bool(one.steps)
    if not by_share and not by_steps:
        return [f"classes.{name}: needs either basis_points with floor_intervals, or steps"]
    bounds = [step.through_intervals for step in one.steps]
    errors = [step.intervals for step in one.steps]
    known = [bound for bound in bounds if bound is not None]
    if by_steps and (bounds[-1] is not None or len(known) != len(bounds) - 1 or known != sorted(set(known))):
        return [f"classes.{name}.steps: through_intervals must rise, and only the last step has none"]
    if errors != sorted(errors):
        return [f"classes.{name}.steps: a heavier load is never allowed a smaller error"]
    return []


def _class(one: ClassFile) -> ClassError:
    steps = tuple(StepError(step.through_intervals, step.intervals) for step in one.steps)
    return ClassError(one.clause, one.verified, one.basis_points, one.floor_intervals, steps)
