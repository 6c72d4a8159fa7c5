"""The 30 prebuilt voices and how each engine here makes them sound.

Names in the order of Google's documentation, genders as in its Chirp 3 HD voice list (14 female, 16 male).
"""

from enum import StrEnum

from gemlive_emulator.records import dataclass


class Gender(StrEnum):
    """As Google's voice list says."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class VoiceTraits:
    """How one prebuilt voice sounds.

    Attributes:
        name: as in ``prebuiltVoiceConfig.voiceName``.
        gender: of the speaker.
        f0: mean pitch of the formant voice in Hz.
        shift: factor on the formant voice's resonances; a longer throat has a smaller one.
        rate: words per minute of the formant voice.
        variant: espeak-ng voice variant, chosen together with pitch and rate so that the 30 lie far apart in
            spectrum, pitch and tempo.
        espeak_pitch: espeak-ng pitch, 0 to 100.
        espeak_rate: words per minute of espeak-ng.
        gain_db: brings the variant to -20 dBFS; raw variants lie between -11 and -31.
    """

    name: str
    gender: Gender
    f0: float
    shift: float
    rate: int
    variant: str
    espeak_pitch: int
    espeak_rate: int
    gain_db: float


_TABLE = (
    VoiceTraits("Zephyr", Gender.FEMALE, 285.0, 1.20, 190, "Andrea", 65, 190, -3.7),
    VoiceTraits("Puck", Gender.MALE, 150.0, 1.00, 185, "gustave", 70, 160, -4.4),
    VoiceTraits("Charon", Gender.MALE, 144.0, 0.88, 155, "travis", 70, 160, -1.6),
    VoiceTraits("Kore", Gender.FEMALE, 273.0, 1.08, 160, "Alicia", 65, 160, -0.8),
    VoiceTraits("Fenrir", Gender.MALE, 137.0, 0.94, 185, "boris", 70, 160, 2.7),
    VoiceTraits("Leda", Gender.FEMALE, 261.0, 1.14, 190, "belinda", 65, 160, 0.2),
    VoiceTraits("Orus", Gender.MALE, 132.0, 1.00, 155, "adam", 70, 160, 1.8),
    VoiceTraits("Aoede", Gender.FEMALE, 249.0, 1.20, 160, "Annie", 65, 190, 1.3),
    VoiceTraits("Callirrhoe", Gender.FEMALE, 239.0, 1.08, 190, "anika", 35, 190, -1.2),
    VoiceTraits("Autonoe", Gender.FEMALE, 228.0, 1.14, 160, "belinda", 50, 190, 0.9),
    VoiceTraits("Enceladus", Gender.MALE, 126.0, 0.88, 185, "Andy", 70, 190, -1.9),
    VoiceTraits("Iapetus", Gender.MALE, 121.0, 0.94, 155, "Lee", 70, 140, 1.3),
    VoiceTraits("Umbriel", Gender.MALE, 115.0, 1.00, 185, "max", 55, 190, 2.6),
    VoiceTraits("Algieba", Gender.MALE, 111.0, 0.88, 155, "Marco", 25, 160, -4.6),
    VoiceTraits("Despina", Gender.FEMALE, 218.0, 1.20, 190, "steph", 65, 160, -1.3),
    VoiceTraits("Erinome", Gender.FEMALE, 209.0, 1.08, 160, "grandma", 65, 140, 0.9),
    VoiceTraits("Algenib", Gender.MALE, 106.0, 0.94, 185, "boris", 25, 160, 4.4),
    VoiceTraits("Rasalgethi", Gender.MALE, 101.0, 1.00, 155, "Lee", 40, 160, 2.6),
    VoiceTraits("Laomedeia", Gender.FEMALE, 200.0, 1.14, 190, "Andrea", 35, 190, -3.3),
    VoiceTraits("Achernar", Gender.FEMALE, 191.0, 1.20, 160, "f5", 50, 160, 1.5),
    VoiceTraits("Alnilam", Gender.MALE, 97.0, 0.88, 185, "norbert", 25, 160, -0.3),
    VoiceTraits("Schedar", Gender.MALE, 93.0, 0.94, 155, "Andy", 25, 160, 0.0),
    VoiceTraits("Gacrux", Gender.FEMALE, 183.0, 1.08, 190, "grandma", 35, 160, 1.9),
    VoiceTraits("Pulcherrima", Gender.FEMALE, 175.0, 1.14, 160, "shelby", 35, 190, 1.8),
    VoiceTraits("Achird", Gender.MALE, 89.0, 1.00, 185, "adam", 25, 190, 2.9),
    VoiceTraits("Zubenelgenubi", Gender.MALE, 85.0, 0.88, 155, "m5", 25, 160, 3.3),
    VoiceTraits("Vindemiatrix", Gender.FEMALE, 167.0, 1.20, 190, "steph", 35, 190, 0.8),
    VoiceTraits("Sadachbia", Gender.MALE, 81.0, 0.94, 185, "m8", 25, 160, 6.1),
    VoiceTraits("Sadaltager", Gender.MALE, 78.0, 1.00, 155, "david", 25, 160, 3.5),
    VoiceTraits("Sulafat", Gender.FEMALE, 160.0, 1.08, 160, "f1", 35, 160, 1.1),
)

VOICES: tuple[str, ...] = tuple(traits.name for traits in _TABLE)
"""The names in the documented order."""

DEFAULT_VOICE = "Puck"
"""What speaks when the setup names no voice, as in Google's examples."""

_BY_NAME = {traits.name.lower(): traits for traits in _TABLE}


def traits_of(voice: str) -> VoiceTraits:
    """The traits of a voice by its name in any case; an unknown name sounds like the default voice."""
    return _BY_NAME.get(voice.lower()) or _BY_NAME[DEFAULT_VOICE.lower()]
