"""Commands on drivers: the main one, those beside it, and what is known of their people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from avatar_core.commands.command import Command, Setting, register
from avatar_core.commands.plain_setting import TEXT, PlainSetting
from avatar_core.commands.records import Record
from avatar_core.errors import ProjectFormatError
from avatar_core.motion import DriverProfile
from avatar_core.motion.driver_address import DriverAddress
from avatar_core.motion.mixer_settings import profiled_as
from avatar_core.project import Change, Part
from avatar_core.project.mixer_values import MOST_DRIVERS, pack_profile, unpack_profile
from avatar_core.project.plain import Arrays, Fields

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project import Project


def expect_driver(driver: str) -> None:
    """Refuse an address that no project could keep.

    Raises:
        ValueError: it is empty, too long, or holds what no text does.
    """
    try:
        Fields({"driver": driver}, "drivers").text("driver", least=1)
    except ProjectFormatError as reason:
        raise ValueError(f"driver: {reason.message}") from reason


@register("set_source")
@dataclass(frozen=True, slots=True)
class SetSource(PlainSetting):
    """Choose the main driver, such as `sliders`, `camera:N`, `file:PATH` or `take:ID`.

    Raises:
        ValueError: no project could keep such an address.
    """

    before: str
    after: str
    form: ClassVar = TEXT

    def __post_init__(self) -> None:
        expect_driver(self.after)

    @classmethod
    def of(cls, project: Project, source: str) -> Self:
        return cls(project.source, source)

    @property
    def label(self) -> str:
        return "Choose source"

    def put(self, project: Project, value: str) -> Change:
        project.source = value
        return Change.of(Part.DRIVING)


class _DriverCommand(Command):
    """A driver of the list, at its place."""

    __slots__ = ()

    driver: str
    at: int

    def _add(self, project: Project) -> Change:
        drivers = project.drivers
        project.drivers = (*drivers[: self.at], self.driver, *drivers[self.at :])
        return Change.of(Part.DRIVING)

    def _remove(self, project: Project) -> Change:
        project.drivers = tuple(each for each in project.drivers if each != self.driver)
        return Change.of(Part.DRIVING)

    def to_record(self) -> Record:
        return Record(self.kind, {"driver": self.driver, "at": self.at})

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        return cls(fields.text("driver", least=1), fields.whole("at", 0, MOST_DRIVERS))  # type: ignore[call-arg]


@register("add_driver")
@dataclass(frozen=True, slots=True)
class AddDriver(_DriverCommand):
    """Let one more driver listen beside the main one.

    Raises:
        ValueError: no project could keep such an address.
    """

    driver: str
    at: int

    def __post_init__(self) -> None:
        expect_driver(self.driver)

    @classmethod
    def of(cls, project: Project, driver: str) -> Self:
        """Add a driver at the end of the list.

        Raises:
            ValueError: it is in the list, or the list is full.
        """
        if driver in project.drivers or len(project.drivers) >= MOST_DRIVERS:
            raise ValueError(f"there is that driver, or too many others: {driver!r:.60}")
        return cls(driver, len(project.drivers))

    @property
    def label(self) -> str:
        return f"Add {DriverAddress.parse(self.driver).label}"

    def do(self, project: Project) -> Change:
        return self._add(project)

    def undo(self, project: Project) -> Change:
        return self._remove(project)


@register("remove_driver")
@dataclass(frozen=True, slots=True)
class RemoveDriver(_DriverCommand):
    """Let a driver beside the main one go; its calibration and its shares stay for when it is back.

    Groups that name it are moved by the others they name, or by the main driver.
    """

    driver: str
    at: int

    @classmethod
    def of(cls, project: Project, driver: str) -> Self:
        """Take a driver off the list.

        Raises:
            ValueError: it is not in the list.
        """
        return cls(driver, project.drivers.index(driver))

    @property
    def label(self) -> str:
        return f"Remove {DriverAddress.parse(self.driver).label}"

    def do(self, project: Project) -> Change:
        return self._remove(project)

    def undo(self, project: Project) -> Change:
        return self._add(project)


@register("set_driver_profile")
@dataclass(frozen=True, slots=True, eq=False)
class SetDriverProfile(Setting):
    """Calibrate a driver to its person, or forget what is known of them (None).

    Raises:
        ValueError: the profile holds what a project could not keep, such as NaN, or the driver's
            address is none.
    """

    driver: str
    before: DriverProfile | None
    after: DriverProfile | None

    def __post_init__(self) -> None:
        expect_driver(self.driver)
        arrays: dict[str, AnyArray] = {}
        packed = Fields({"profile": pack_profile(self.after, arrays, "profile")}, "calibration")
        try:
            unpack_profile(
                packed.child_or_none("profile"), Arrays(arrays, "calibration"), "profile"
            )
        except ProjectFormatError as reason:
            raise ValueError(f"calibration: {reason.message}") from reason

    @classmethod
    def of(cls, project: Project, driver: str, profile: DriverProfile | None) -> Self:
        known = profiled_as(driver)
        empty = profile is None or profile.is_empty
        return cls(known, project.mixer.profiles.get(known), None if empty else profile)

    @property
    def label(self) -> str:
        return "Clear calibration" if self.after is None else "Calibrate"

    @property
    def target(self) -> object:
        return self.driver

    def put(self, project: Project, value: DriverProfile | None) -> Change:
        project.mixer = project.mixer.with_profile(self.driver, value or DriverProfile())
        return Change.of(Part.MIXER)

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "driver": self.driver,
            "before": pack_profile(self.before, arrays, "before"),
            "after": pack_profile(self.after, arrays, "after"),
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields, arrays = record.fields, record.typed_arrays
        return cls(
            fields.text("driver", least=1),
            unpack_profile(fields.child_or_none("before"), arrays, "before"),
            unpack_profile(fields.child_or_none("after"), arrays, "after"),
        )
