"""Faults of order: messages are lost, come twice, or change places."""

import random
from dataclasses import replace
from typing import Annotated

from gemlive_emulator.scenario.faults.form import Kind, MessageFault
from gemlive_emulator.scenario.faults.parcel import Parcel
from gemlive_emulator.scenario.fields import ScenarioPart
from gemlive_emulator.scenario.step_form import short_for


class What(ScenarioPart):
    """Which messages are meant, by what they hold."""

    kind: Kind = "message"


class Drop(MessageFault):
    """``drop: audio``, ``drop: turn_complete``: it never arrives; what else is in that message does."""

    drop: Annotated[What, short_for("kind")]

    @property
    def about(self) -> str:
        """What is dropped."""
        return self.drop.kind

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """What is left."""
        left = parcel.without(self.drop.kind)
        return [] if left is None else [left]


class Duplicate(MessageFault):
    """``duplicate: audio`` sends such a message twice; ``- duplicate`` any."""

    duplicate: Annotated[What, short_for("kind")]

    @property
    def about(self) -> str:
        """What comes twice."""
        return self.duplicate.kind

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """The message, twice."""
        return [parcel, parcel]


class Swap(MessageFault):
    """``swap: audio`` lets the message behind such a message overtake it; ``- swap`` any."""

    swap: Annotated[What, short_for("kind")]

    @property
    def about(self) -> str:
        """What is overtaken."""
        return self.swap.kind

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """The message, behind the next."""
        return [replace(parcel, behind=parcel.behind + 1)]
