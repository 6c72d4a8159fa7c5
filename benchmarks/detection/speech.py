"""What is said in the sets, and by whom. Nothing is common to two of them: no voice, no text, no seed."""

import ctypes
import multiprocessing
from dataclasses import dataclass

import numpy as np

from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.resample import Samples
from gemlive_emulator.audio.speech import OUTPUT_RATE
from gemlive_emulator.audio.voice_table import VOICES, Gender, VoiceTraits

_EVALUATION_TEXTS = [
    ("en-us", "Can you find the shortest way to the airport from here?"),
    ("en-gb", "Wake me at twenty to seven, and not a minute later."),
    ("en-us", "Okay, go on."),
    ("en-gb", "Who wrote the book about whales that my sister liked?"),
    ("en-us", "Send the photographs from Friday to everybody in the team."),
    ("en-us", "Have they already fixed the heating on the third floor?"),
    ("nb", "Kan du si meg når neste ferge går til øya?"),
    ("sk", "Prosím vás, kde sa dá kúpiť lístok na autobus?"),
    ("hr", "Htio bih znati hoće li sutra padati snijeg."),
    ("bg", "Колко време се пътува до морето с влак?"),  # noqa: RUF001
    ("et", "Palun pane homseks kella kaheksaks äratus."),
    ("lt", "Ar galite pakartoti paskutinį klausimą?"),
    ("sl", "Prižgi luč na hodniku in zapri okno."),
    ("sw", "Tafadhali niambie habari za leo asubuhi."),
    ("ms", "Berapa harga tiket kereta api ke Pulau Pinang?"),
    ("ta", "நாளை காலை எனக்கு நினைவூட்டுங்கள்."),
]
_SECOND_FORMER_TEXTS = [
    ("en-us", "Which of my meetings on Monday can be moved to the afternoon?"),
    ("en-gb", "Remind me to water the plants when I get home."),
    ("en-us", "Call the dentist and ask for another appointment."),
    ("en-us", "Not now."),
    ("en-gb", "Perhaps a quarter past five would suit everybody better."),
    ("en-us", "Shut the window, it is freezing in this office."),
    ("cs", "Kolik stojí jízdenka do Brna a zpátky?"),
    ("da", "Kan du fortælle mig, hvornår biblioteket åbner i morgen?"),
    ("hu", "Szeretnék két jegyet a szombati előadásra."),
    ("ro", "Vreau să știu dacă trenul are întârziere."),
    ("el", "Μπορείς να μου πεις πού είναι το λιμάνι;"),  # noqa: RUF001
    ("id", "Tolong carikan resep masakan yang mudah untuk malam ini."),
    ("vi", "Ngày mai trời có mưa ở Hà Nội không?"),
    ("uk", "Підкажіть, будь ласка, як дістатися до вокзалу."),
    ("ca", "Apaga la ràdio i tanca la porta, si us plau."),
    ("ar", "كم تبعد محطة القطار من هنا؟"),
]
_FORMER_TEXTS = [
    ("en-us", "What is the weather in Paris tomorrow morning?"),
    ("en-us", "Turn off the lights in the kitchen, please."),
    ("en-gb", "I should like to change my booking to the third of March."),
    ("en-us", "Yes."),
    ("en-gb", "Stop, that is not what I asked for."),
    ("en-us", "She sells fresh fish for sixty pence in the shop by the sea."),
    ("de", "Wie spät ist es, und wann fährt der nächste Zug nach Hamburg?"),
    ("de", "Schalte bitte die Heizung im Wohnzimmer aus."),
    ("it", "Vorrei un tavolo per due persone, questa sera alle otto."),
    ("it", "Quanto costa il biglietto per Firenze?"),
    ("cmn", "你好，请问今天北京的天气怎么样？"),  # noqa: RUF001
    ("pl", "Proszę powtórzyć ostatnie zdanie trochę wolniej."),
    ("hi", "कृपया मुझे कल की बैठक के बारे में बताइए।"),
    ("nl", "Kunt u mij vertellen waar het station is?"),
    ("fr", "Est-ce que tu peux mettre un réveil à sept heures et demie ?"),
    ("sv", "Jag skulle vilja veta hur mycket pengar som finns kvar på kontot."),
]
_TUNING_TEXTS = [
    ("en-us", "How long does it take to walk from here to the museum?"),
    ("en-us", "Please read me the second message again."),
    ("en-gb", "My order number is four seven one, double nine."),
    ("en-us", "No, thanks."),
    ("en-gb", "Could you tell me a short story about a fox and a crow?"),
    ("en-us", "Half of these things have to be shipped to Switzerland."),
    ("es", "¿Dónde está la farmacia más cercana a esta calle?"),
    ("es", "Pon la música un poco más alta, por favor."),
    ("fr", "Je voudrais savoir si le magasin est ouvert dimanche."),
    ("fr", "Merci beaucoup, à demain."),
    ("ru", "Расскажи мне, пожалуйста, последние новости."),
    ("pt", "Qual é o melhor caminho para o aeroporto agora?"),
    ("ko", "내일 아침 일곱 시에 깨워 주세요."),
    ("tr", "Bu akşam için iki kişilik bir masa ayırtmak istiyorum."),  # noqa: RUF001
    ("de", "Erzähl mir etwas über die Geschichte dieser Stadt."),
    ("fi", "Haluaisin tietää, milloin seuraava bussi lähtee."),
]


@dataclass(frozen=True)
class Split:
    """One of the sets.

    Attributes:
        seed: of all chance in it.
        voices: names of our voices, or of ``OTHER_VOICES``.
        texts: language and text.
        embedded: the embedded voice says an eighth of the lines.
    """

    seed: int
    voices: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]
    embedded: bool = True


def _variants(*variants: tuple[str, Gender, int, int]) -> dict[str, VoiceTraits]:
    """Voices that are not ours: a variant of espeak-ng, a gender, a pitch, and words a minute."""
    return {
        name: VoiceTraits(name, gender, 0.0, 1.0, 0, name, pitch, rate, -4.0) for name, gender, pitch, rate in variants
    }


_SECOND_FORMER_VOICES = _variants(
    ("Alex", Gender.MALE, 50, 175),
    ("aunty", Gender.FEMALE, 50, 160),
    ("Denis", Gender.MALE, 45, 165),
    ("f2", Gender.FEMALE, 55, 185),
    ("Gene", Gender.MALE, 40, 155),
    ("f3", Gender.FEMALE, 50, 170),
    ("Jacky", Gender.MALE, 60, 180),
    ("f4", Gender.FEMALE, 60, 150),
    ("Mario", Gender.MALE, 50, 190),
    ("linda", Gender.FEMALE, 50, 175),
    ("m1", Gender.MALE, 55, 160),
    ("m3", Gender.MALE, 45, 185),
    ("m7", Gender.MALE, 50, 170),
    ("pablo", Gender.MALE, 50, 150),
    ("robert", Gender.MALE, 45, 175),
)
_EVALUATION_VOICES = _variants(
    ("Diogo", Gender.MALE, 50, 170),
    ("Nguyen", Gender.FEMALE, 60, 165),
    ("Henrique", Gender.MALE, 45, 180),
    ("zac", Gender.MALE, 45, 160),
    ("Michael", Gender.MALE, 50, 190),
    ("Reed", Gender.MALE, 55, 155),
    ("Storm", Gender.MALE, 50, 175),
    ("antonio", Gender.MALE, 60, 185),
    ("ed", Gender.MALE, 55, 150),
    ("ian", Gender.MALE, 45, 165),
    ("m2", Gender.MALE, 50, 175),
    ("m4", Gender.MALE, 55, 160),
    ("m6", Gender.MALE, 45, 185),
    ("pedro", Gender.MALE, 50, 170),
    ("sandro", Gender.MALE, 40, 155),
)
OTHER_VOICES = _SECOND_FORMER_VOICES | _EVALUATION_VOICES
"""Variants of espeak-ng that none of our voices is made of; chosen by their names."""

SPLITS = {
    "evaluation": Split(27_182, tuple(_EVALUATION_VOICES), tuple(_EVALUATION_TEXTS), embedded=False),
    "second-former": Split(31_415, tuple(_SECOND_FORMER_VOICES), tuple(_SECOND_FORMER_TEXTS), embedded=False),
    "former": Split(2026, tuple(VOICES)[1::2], tuple(_FORMER_TEXTS)),
    "tuning": Split(7, tuple(VOICES)[0::2], tuple(_TUNING_TEXTS)),
}

Line = tuple[str, str, str]
"""Text, voice and language; a language of ``formant`` is the embedded voice."""

_EIGHTH = 5
"""Which of eight lines the embedded voice says."""


def lines(split: Split) -> list[Line]:
    """Every text with several voices in a fixed order."""
    said = [
        (text, split.voices[(index + 4 * turn) % len(split.voices)], language)
        for turn in range(8)
        for index, (language, text) in enumerate(split.texts)
    ]
    return [
        (text, voice, "formant" if split.embedded and index % 8 == _EIGHTH else language)
        for index, (text, voice, language) in enumerate(said)
    ]


def spoken(said: list[Line]) -> list[Samples]:
    """Each line at 24 kHz, the same samples in every run.

    What espeak-ng gives depends on all that its process said before and on the time of day. So each line is said by a
    process that never spoke, with a seed.
    """
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        return pool.map(_said, said, chunksize=1)


def _said(line: Line) -> Samples:
    text, voice, language = line
    if language == "formant":
        return np.frombuffer(FormantVoice().speak(text, voice, "").pcm, "<i2")
    import espeakng_loader

    from gemlive_emulator.server.espeak import Espeak

    class Engine(Espeak):
        """Speaks with other voices than ours too."""

        def _choose(self, text: str, traits: VoiceTraits, language: str) -> None:
            super()._choose(text, OTHER_VOICES.get(voice, traits), language)

    engine = Engine()
    ctypes.CDLL(espeakng_loader.get_library_path()).espeak_ng_SetRandSeed(1)
    return np.frombuffer(engine.speak(text, voice, language).pcm, "<i2")


SPEECH_RATE = OUTPUT_RATE
