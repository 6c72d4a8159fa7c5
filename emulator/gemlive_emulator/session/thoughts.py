"""The thought that a family has of its own accord, where the reply gives none."""

from gemlive_emulator.session.hearing import is_placeholder
from gemlive_emulator.session.steps import UserTurn


def family_thought(turn: UserTurn) -> str:
    """The thought of a family that has thoughts, when the responder gives none (recorded form on 2.5)."""
    said = "" if is_placeholder(turn.text) else turn.text.strip()[:200]
    heard = f'The user said: "{said}"' if said else "The user waits for me to speak"
    return f"**Considering the Reply**\n\n{heard}. A short and direct answer fits best.\n\n\n"
