"""Files of families handled apart: parsed, and made to treat their own worked examples."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from gateway.core.vehicle import Body
from gateway.errors import ConfigError
from gateway.law.treatment import POLICE_HEIGHT, Carried, Cars, Treatment, Treatments, treated
from gateway.lawfiles.reading import read
from gateway.lawfiles.schema import Family, Mm, Strict, Text, Verified

Count = Annotated[int, Field(ge=0, le=100, strict=True)]
Word = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]


class TreatmentFile(Strict):
    name: Word
    goods: tuple[Word, ...] = ()
    family: tuple[Family, ...] = ()
    when: Literal["always", "over"]
    treatment: Word
    clause: Text
    verified: Verified
    height_mm: Mm | None = None

    @model_validator(mode="after")
    def _height_of_the_police(self) -> "TreatmentFile":
        if (self.treatment == POLICE_HEIGHT) != (self.height_mm is not None):
            raise ValueError(f"height_mm: {POLICE_HEIGHT} has one, and nothing else")
        return self


class CarsFile(Strict):
    clause: Text
    verified: Verified
    flat_nose: Count = Field(alias="flat-nose")
    long_nose: Count = Field(alias="long-nose")
    centre_axle: Count = Field(alias="centre-axle")


class CarriedFile(Strict):
    goods: Text | None = None
    family: Family | None = None
    body: Body | None = None
    cars: Count | None = None
    over: Verified = False


class FamilyExample(Strict):
    given: CarriedFile
    gives: tuple[Word, ...]


class FamiliesFile(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    title: Text
    source: Text
    families: tuple[TreatmentFile, ...] = Field(min_length=1)
    cars: CarsFile
    examples: tuple[FamilyExample, ...] = Field(min_length=1)


def load_families(path: Path) -> Treatments:
    """How special vehicles and loads are handled.

    Raises:
        ConfigError: a wrong shape, a family that nothing names or that two rows claim, or an example that differs.
    """
    file, sha256 = read(path, FamiliesFile)
    faults = [
        f"families[{place}]: {one.name!r} needs goods or family"
        for place, one in enumerate(file.families)
        if not one.goods and not one.family
    ]
    claims: dict[str, list[str]] = {}
    for one in file.families:
        for name in {*one.goods, *one.family}:
            claims.setdefault(name, []).append(one.name)
    faults += [f"families: {name!r} is matched twice: {', '.join(of)}" for name, of in claims.items() if len(of) > 1]
    if faults:
        raise ConfigError(str(path), faults)
    cars = file.cars
    treatments = Treatments(
        id=file.id,
        sha256=sha256,
        rows=tuple(Treatment(**one.model_dump()) for one in file.families),
        cars=Cars(
            cars.clause,
            cars.verified,
            {"flat-nose": cars.flat_nose, "long-nose": cars.long_nose, "centre-axle": cars.centre_axle},
        ),
    )
    for place, example in enumerate(file.examples):
        given = example.given
        carried = Carried(given.goods, given.family, given.body, given.cars)
        found = [finding.rule for finding in treated(carried, treatments, over=given.over)]
        if found != list(example.gives):
            said = ", ".join(found) or "nothing"
            faults.append(
                f"examples[{place}]: should give {', '.join(example.gives) or 'nothing'}; the file gives {said}"
            )
    if faults:
        raise ConfigError(str(path), faults)
    return treatments
