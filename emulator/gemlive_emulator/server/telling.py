"""What a test tells an emulator, and what it is told went wrong; a part of the emulator itself."""

from threading import Lock
from typing import TYPE_CHECKING, Any, Unpack

from gemlive_emulator.server.casting import Casting
from gemlive_emulator.server.failures import Failure, Failures
from gemlive_emulator.server.faults.book import Faults
from gemlive_emulator.server.said import Said

if TYPE_CHECKING:
    from gemlive_emulator.scenario.faults.watch import Fault
    from gemlive_emulator.scenario.fluent import Answer, Rules, Script
    from gemlive_emulator.scenario.vocabulary import Callers, Conditions

_making_rules = Lock()
"""Two threads that ask for the first time are to get the same: loading the module takes most of a second."""


class Telling:
    """The words of a test.

    Attributes:
        casting: who answers, and with which scenarios.
        faults: what goes wrong on the line, and whether it has: ``emulator.faults.unused``.
    """

    casting: Casting
    faults: Faults
    _said: Said
    _rules: "Rules | None"
    _failures: Failures

    def when(self, **conditions: "Unpack[Conditions]") -> "Answer":
        """A rule: ``when(text="weather").say("It is raining.")``. The first that fits a turn answers it.

        Rules count for turns that come later, in all sessions, and go before responder and scenario file. Conditions
        and steps are those of scenario files (``docs/scenarios.md``, ``docs/python.md``). Safe from any thread.

        Raises:
            ScenarioError: there is no such condition; it says what would be right, and where the call stands.
        """
        return self.rules.when(**conditions)

    def otherwise(self) -> "Answer":
        """What answers where no rule of :meth:`when` fits, in place of responder and scenario file."""
        return self.rules.otherwise()

    def script(self, **callers: "Unpack[Callers]") -> "Script":
        """A script: ``script().expect(text="Hello").say("Hello there!")``, for sessions that begin later.

        It goes before everything but :meth:`when`. Each session begins it anew; one that does not finish it fails, and
        so does a script that no session began.

        Args:
            callers: for which connections it is: ``connection=2``, ``model=...``, ``key=...``, ``query={...}``.
        """
        return self.rules.script(**callers)

    def fault(self, name: str, *value: Any, **keys: Any) -> "Fault":
        """Let something go wrong on the line: ``fault("stall", "2s", at="audio 3")``, ``fault("close", code=1011)``.

        The names and their keys are those of ``faults`` in a scenario file (``docs/scenarios.md``). It can strike on
        connections that are open, where events count from now on, and on all that come. Safe from any thread.

        Returns:
            The fault, which knows how often it ``struck``. One that never does, and had to, is a failure at the end.

        Raises:
            ScenarioError: there is no such fault; it says what would be right, and where the call stands.
        """
        return self.faults.write(name, *value, **keys)

    @property
    def rules(self) -> "Rules":
        """What :meth:`when`, :meth:`otherwise` and :meth:`script` were told."""
        with _making_rules:
            if self._rules is None:
                from gemlive_emulator.scenario.fluent import Rules

                self._rules = self.casting.rules = Rules()
            return self._rules

    def use_scenario(self, text: str, name: str = "<text>") -> None:
        """Answer sessions that begin later as this scenario says, in place of scenario file and responder.

        :meth:`reset` goes back to those. Safe from any thread.

        Args:
            text: as in a file, YAML or JSON; it may name no other files.
            name: what messages call it.

        Raises:
            ScenarioError: it is not right; ``problems`` says what is wrong, where, and what would be right.
        """
        self.casting.replace(text, name)

    def user_says(self, text: str) -> None:
        """Fix the words of an utterance that is still to come: the next one that is heard in any session.

        Several calls queue up. Whatever the sound is, it is taken to say this; the scenario's own words and
        recordings are asked only when nothing is left here. Safe from any thread.

        Raises:
            ValueError: there are no words in the text.
        """
        self._said.add(text)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What went wrong in its sessions, the oldest first, at most a hundred.

        A responder that raised, an undeclared function, a script that was not kept to or not finished: a client sees
        only that the connection closes (1011).
        """
        return self._failures.kept

    @property
    def awaited(self) -> list[str]:
        """What scripts of sessions that are open still wait for, in words."""
        return self._failures.awaited

    def check(self) -> None:
        """Raise what has failed since it was last checked. Sessions that are still open have not missed anything yet.

        Raises:
            Exception: what a responder raised, or a :class:`~gemlive_emulator.scenario.errors.ScriptError`, if it is
                the only failure.
            ExceptionGroup: several of them.
        """
        self._failures.check()

    def conclude(self, error: BaseException | None = None) -> None:
        """Raise what has failed, and what was awaited to the end and has not come: scripts, and faults that strike.

        Args:
            error: that is on its way already: it gets a note instead.

        Raises:
            Exception: as :meth:`check`.
        """
        unfinished = self._rules.unfinished if self._rules is not None else []
        if missed := [*unfinished, *self.faults.missed]:
            self._failures.miss("", missed)
        if error is None:
            self.check()
        else:
            self._failures.note_on(error)
