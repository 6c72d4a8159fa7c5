"""Names that an API version or a back-end does not know: the proto-JSON parser refuses them by name."""

from gemlive_emulator.wire.closes import fault, unknown_name
from gemlive_emulator.wire.endpoint import Backend
from gemlive_emulator.wire.setup import Setup


def check_names(setup: Setup, backend: Backend, api_version: str) -> None:
    """Refuse fields of the setup that this back-end and version do not have."""
    if backend is Backend.VERTEX:
        return
    resumption = setup.session_resumption
    if resumption is not None and resumption.transparent is not None:
        # Measured on the Developer API.
        raise fault(unknown_name("transparent", "setup.session_resumption"), "transparent is for Vertex only")
    if setup.explicit_vad_signal is not None:
        # Inferred from the SDK, which sends it to Vertex only.
        raise fault(unknown_name("explicitVadSignal", "setup"), "explicitVadSignal is for Vertex only")
    if api_version == "v1beta":
        _check_v1beta(setup)


def _check_v1beta(setup: Setup) -> None:
    """Reported for v1beta: proactivity, affective dialog and safety settings; all are fine on v1alpha."""
    config = setup.generation_config
    if setup.proactivity is not None:
        raise fault(unknown_name("proactivity", "setup"), "proactivity needs API version v1alpha")
    if config is not None and config.enable_affective_dialog is not None:
        place = "setup.generation_config"
        raise fault(unknown_name("enableAffectiveDialog", place), "affective dialog needs API version v1alpha")
    if setup.safety_settings:
        raise fault(unknown_name("safetySettings", "setup"), "safetySettings is for Vertex, or not for Live at all")
