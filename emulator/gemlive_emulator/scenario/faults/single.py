"""A fault that is for one connection, which is open already."""

from dataclasses import replace

from gemlive_emulator.scenario.errors import Problem, ScenarioError
from gemlive_emulator.scenario.faults.named import comes_before_setup
from gemlive_emulator.scenario.faults.watch import Fault

_OVER = ("setup", "new_session", "resumption", "resumed")
"""Events that come no more once a setup was accepted."""


def only_on(fault: Fault, connection: int) -> Fault:
    """The same fault, for the connection of this number, whose setup was accepted.

    Raises:
        ScenarioError: it can only strike earlier, or says by itself on which connections it strikes.
    """
    form = fault.form.model_copy(update={"connection": (connection,)})
    wrong = right = ""
    if fault.form.connection is not None:
        wrong, right = "'connection' in a fault of one connection", "leave it out"
    elif comes_before_setup(form):
        wrong, right = f"'{form.title}' strikes at the handshake", "let it strike on connections that are still to come"
    elif form.sets or any(part.at is not None and part.at.event in _OVER for part in form.parts):
        wrong, right = f"'{form.title}' counts from the setup on", "let it strike on connections that are still to come"
    if wrong:
        raise ScenarioError([Problem(fault.place, 0, 0, "wrong-value", wrong, right)])
    return replace(fault, form=form)
