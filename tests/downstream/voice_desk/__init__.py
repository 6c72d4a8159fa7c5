"""A desk that is talked to, by voice or in writing."""

from voice_desk.blocking import BlockingDesk
from voice_desk.desk import MODEL, DeskClosed, VoiceDesk
from voice_desk.speaker import Speaker

__all__ = ["MODEL", "BlockingDesk", "DeskClosed", "Speaker", "VoiceDesk"]
