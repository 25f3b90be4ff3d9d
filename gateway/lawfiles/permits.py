"""Files of permit rules: parsed, and made to class and refuse their own worked examples."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.core.vehicle import Measurement, Vehicle
from gateway.errors import ConfigError
from gateway.law.permits import (
    PERMIT_CLASSES,
    ClassRule,
    Clause,
    ClauseOf,
    Permit,
    PermitClass,
    PermitRules,
    Refusal,
    Shown,
    Table,
    TrailerKind,
    check,
)
from gateway.lawfiles.reading import read
from gateway.lawfiles.schema import Axles, Kg, Mm, Strict, Text, Verified

CLAUSES: tuple[ClauseOf, ...] = ("divisible", "validity", "plates", "route", "envelope", "rating", "speed", "escort")


class ClauseFile(Strict):
    clause: Text
    verified: Verified


class ClassFile(Strict):
    id: PermitClass
    gross_kg: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] | None = None
    length_mm: Mm | None = None
    width_mm: Mm | None = None
    height_mm: Mm | None = None


class ClassesFile(Strict):
    clause: Text
    verified: Verified
    rows: tuple[ClassFile, ...]


class RefusalFile(Strict):
    mean_kg: Kg
    max_kg: Kg


class RefusalsFile(Strict):
    clause: Text
    verified: Verified
    flat_bed: RefusalFile = Field(alias="flat-bed")
    hydraulic: RefusalFile


class PermitFile(Strict):
    """What an example's permit states."""

    trailer_kind: TrailerKind = "flat-bed"
    gross_kg: Kg | None = None
    length_mm: Mm | None = None
    width_mm: Mm | None = None
    height_mm: Mm | None = None
    axles: Axles | None = None
    axle_loads_kg: tuple[Kg, ...] | None = None


class PermitExample(Strict):
    permit: PermitFile
    table_kg: Kg
    class_: PermitClass = Field(alias="class")
    refused: Verified = False


class PermitsFile(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    title: Text
    source: Text
    clauses: dict[ClauseOf, ClauseFile]
    classes: ClassesFile
    refusals: RefusalsFile
    examples: tuple[PermitExample, ...] = Field(min_length=1)


def load_permits(path: Path) -> PermitRules:
    """The rules for permits.

    Raises:
        ConfigError: a wrong shape, a class that covers less than the one before it, or an example that differs.
    """
    file, sha256 = read(path, PermitsFile)
    faults = [f"clauses: {name} is missing" for name in CLAUSES if name not in file.clauses]
    faults += _classes_faults(file.classes.rows)
    if faults:
        raise ConfigError(str(path), faults)
    rules = PermitRules(
        id=file.id,
        sha256=sha256,
        classes=tuple(ClassRule(**row.model_dump()) for row in file.classes.rows),
        classes_clause=Clause(file.classes.clause, file.classes.verified),
        refusals={
            "flat-bed": Refusal(**file.refusals.flat_bed.model_dump()),
            "hydraulic": Refusal(**file.refusals.hydraulic.model_dump()),
        },
        refusals_clause=Clause(file.refusals.clause, file.refusals.verified),
        clauses={name: Clause(one.clause, one.verified) for name, one in file.clauses.items()},
    )
    faults = [fault for place, one in enumerate(file.examples) for fault in _run(rules, place, one)]
    if faults:
        raise ConfigError(str(path), faults)
    return rules


def _classes_faults(rows: tuple[ClassFile, ...]) -> list[str]:
    if [row.id for row in rows] != list(PERMIT_CLASSES):
        return [f"classes.rows: must be {', '.join(PERMIT_CLASSES)} in this order"]
    faults = []
    for field in ("gross_kg", "length_mm", "width_mm", "height_mm"):
        bounds = [getattr(row, field) for row in rows]
        known = [bound for bound in bounds if bound is not None]
        if bounds[-1] is not None or len(known) != len(bounds) - 1 or known != sorted(set(known)):
            faults.append(f"classes.rows: {field} must rise, and only the last class has none")
    return faults


def _run(rules: PermitRules, place: int, example: PermitExample) -> list[str]:
    permit = Permit(**example.permit.model_dump())
    faults = []
    found = rules.class_of(permit, example.table_kg)
    if found != example.class_:
        faults.append(f"examples[{place}]: should need class {example.class_}, the rows say {found}")
    table = Table(example.table_kg, ())
    said = check(Shown(permit), Vehicle(), Measurement(None), rules, table)
    refused = any(rule.startswith("permit-refused") for rule in said.outside)
    if refused != example.refused:
        faults.append(f"examples[{place}]: refused should be {example.refused}, the loads say {refused}")
    return faults
