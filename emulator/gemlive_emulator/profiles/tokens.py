"""What an ephemeral token says of the sessions that are opened with it."""

from gemlive_emulator.profiles.masks import Path, overlay, read_mask
from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.common import Int32, WireModel, holding
from gemlive_emulator.wire.setup import GenerationConfig, SessionResumptionConfig, Setup


class AuthToken(WireModel):
    """The body of ``POST auth_tokens`` (Live API reference); what SDKs call ``liveConnectConstraints`` is its setup.

    The times are RFC 3339. ``uses`` is how many sessions may begin, 0 for any number. ``name`` is the server's to give.
    """

    name: str | None = None
    expire_time: str | None = None
    new_session_expire_time: str | None = None
    uses: Int32 | None = None
    bidi_generate_content_setup: Setup | None = None
    field_mask: str | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """What a token pins of the setup of its sessions.

    Attributes:
        setup: the token's own setup.
        mask: which of its fields count; all, in place of the client's whole setup, if it is empty.
    """

    setup: Setup | None = None
    mask: tuple[Path, ...] = ()

    def over(self, asked: Setup) -> Setup:
        """The setup that counts where the client sends this one (Live API reference, "AuthToken").

        The handle of a session that is to be resumed is the client's in any case: Google's examples pin
        ``sessionResumption: {}`` and resume with the same token all the same.
        """
        if self.mask:
            pinned = overlay(asked, self.setup or Setup(), self.mask)
        elif self.setup is not None:
            pinned = _with_modality(self.setup)
        else:
            return asked
        handle = handle_in(asked)
        if handle is None:
            return pinned
        resumption = pinned.session_resumption or SessionResumptionConfig()
        resumed = holding(SessionResumptionConfig, vars(resumption) | {"handle": handle})
        return holding(Setup, vars(pinned) | {"session_resumption": resumed})


def pin_of(token: AuthToken) -> Pin:
    """What a token pins.

    Raises:
        ClientFault: 1007, its field mask names no field.
    """
    return Pin(token.bidi_generate_content_setup, read_mask(token.field_mask or ""))


def handle_in(setup: Setup) -> str | None:
    """The handle of the session that a setup resumes; ``None`` where it begins one."""
    resumption = setup.session_resumption
    return (resumption.handle or None) if resumption is not None else None


def _with_modality(setup: Setup) -> Setup:
    """The setup with TEXT where it names no modality.

    Measured: a token that pins nothing but an audio model is refused with the words for TEXT, while a client that asks
    for nothing by itself gets AUDIO.
    """
    config = setup.generation_config or GenerationConfig()
    if config.response_modalities:
        return setup
    told = holding(GenerationConfig, vars(config) | {"response_modalities": ["TEXT"]})
    return holding(Setup, vars(setup) | {"generation_config": told})
