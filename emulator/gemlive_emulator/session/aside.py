"""The steps of a reply that are about its session rather than its turn."""

from gemlive_emulator.session.account import Account
from gemlive_emulator.session.handles import Handles
from gemlive_emulator.session.steps import Count, Handle


def aside(account: Account, handles: Handles, step: Handle | Count) -> None:
    """Do what such a step says: with a handle of the session, or with what its turn is said to cost."""
    if isinstance(step, Count):
        account.told = step
    else:
        handles.follow(step.what)
