"""The catalogue of what is known to go wrong with the real server, by name."""

from collections.abc import Mapping

from gemlive_emulator.scenario.faults.answer_modes import ANSWERS
from gemlive_emulator.scenario.faults.mode import Mode
from gemlive_emulator.scenario.faults.refusal_modes import REFUSALS
from gemlive_emulator.scenario.faults.session_modes import SESSIONS

MODES: Mapping[str, Mode] = {mode.name: mode for mode in (*SESSIONS, *ANSWERS, *REFUSALS)}
"""All that can be asked for by name."""

TITLES: Mapping[int, str] = {
    1: "The end of a connection, with a word before it",
    2: "The end of a connection, without a word",
    3: "A resumption handle that is dead",
    4: "A handle that is accepted, and then dead",
    5: "A connection that is lost in a turn",
    6: "A connection that is lost in a function call",
    7: "A resumption after which nothing is answered",
    8: "Input while a function runs",
    9: "A close behind the result of a function",
    10: "A function call without a response",
    11: "The user breaks into an answer",
    12: "The user breaks into a function call",
    13: "The model hears itself",
    14: "An interruption by nobody, and a dead session",
    15: "Turns without an answer in them",
    16: "Turns that end too early, or never",
    17: "Audio in a burst, and late ends",
    18: "Speech that never ends",
    19: "A pause that splits what is said",
    20: "Setups and messages that are refused",
    21: "Models that are refused",
    22: "Quotas",
    23: "Ephemeral tokens",
    24: "Messages in another form",
    25: "The network, and the service",
    0: "Other closes",
}
"""The failure modes that the names belong to."""
