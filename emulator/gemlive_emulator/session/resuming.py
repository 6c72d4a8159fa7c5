"""Whether a session that is kept can be gone on with now, and with what."""

from gemlive_emulator.session.behaviour import Resumption
from gemlive_emulator.session.events import Recalled
from gemlive_emulator.session.history import History, LiveSnapshot, Snapshot


def why_not_yet(recalled: Recalled, rules: Resumption) -> str | None:
    """Why the session cannot be resumed yet, for the log; ``None`` if it can."""
    if recalled.held and rules.while_open == "refused":
        return "an earlier connection of this session is still open; close it first"
    wait = rules.after_drop if recalled.dropped else rules.after_close
    if not recalled.held and recalled.ago < wait:
        ended = "was lost" if recalled.dropped else "was closed"
        return f"the earlier connection {ended} {recalled.ago:.1f} s ago; wait {wait:g} s"
    return None


def history_of(snapshot: Snapshot | LiveSnapshot, rules: Resumption) -> History:
    """What the resumed session goes on from: a history of its own, with the calls that were pending if they survive."""
    history = snapshot.restore()
    if rules.pending_calls == "lost":
        history.pending = ()
    return history
