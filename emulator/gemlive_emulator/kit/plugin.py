"""The pytest plugin: the fixtures ``gemlive`` and ``gemlive_server``, the marker, and what a failing test shows.

Loaded in every project that has the package, so nothing heavy is imported before a test asks for a fixture. Tried with
pytest 7.0 to 9.2.
"""

from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import pluggy

    from gemlive_emulator.kit.rig import Rig
    from gemlive_emulator.server.hosting import Hosted

MARKER = """\
gemlive(scenario=FILE, replay=RECORDING, model=ID, clock='manual', profile=NAME, vertex=True, allow=CODES, \
**settings): the emulator of the test. model may be a list, for a test each; replay plays a recording, and \
check='warn' lets the client do something else; responder is a function that answers in place of a scenario; allow \
names close codes (or True for all) with which the client may be refused; real_hosts is 'refused', 'led' for \
connections to Google that come here instead, or 'free'; everything else is a field of gemlive_emulator.Settings."""

_RIG: "pytest.StashKey[Rig]" = pytest.StashKey()
_CUT: pytest.StashKey[bool] = pytest.StashKey()
"""Whether a test did not come to its end: it failed, was skipped meanwhile, or failed as it was expected to."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option for recordings."""
    group = parser.getgroup("gemlive", "emulator of the Gemini Live API")
    group.addoption(
        "--gemlive-recordings",
        metavar="DIR",
        help="Keep the recordings of the sessions of failing tests here, and not in a temporary folder.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each of the models of its marker."""
    models = _marked(metafunc.definition).get("model")
    if isinstance(models, list | tuple) and "gemlive_model" in metafunc.fixturenames:
        metafunc.parametrize("gemlive_model", models)


@pytest.fixture
def gemlive_settings() -> Mapping[str, Any]:
    """What holds for all tests of a module or a project: override it there, with what a marker may say.

    The marker of a test goes before it.
    """
    return {}


@pytest.fixture
def gemlive_model(request: pytest.FixtureRequest, gemlive_settings: Mapping[str, Any]) -> str | None:
    """The model whose family the emulator is, of the marker; ``None`` if it goes by what the client asks for."""
    model: str | None = {**gemlive_settings, **_marked(request.node)}.get("model")
    return model


@pytest.fixture
def gemlive(
    request: pytest.FixtureRequest,
    gemlive_settings: Mapping[str, Any],
    gemlive_model: str | None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> "Iterator[Hosted]":
    """A fresh emulator of the Gemini Live API, which an unmodified client finds by its environment.

    Fails a test that came to its end if something failed in the emulator, a script was not finished, or the client
    broke the protocol. What reads the environment when it is made, such as a fixture with a client, has to ask for
    this fixture, so that it is made later.
    """
    from gemlive_emulator.kit.rig import Rig

    wishes = {**gemlive_settings, **_marked(request.node), "model": gemlive_model}
    stash = request.node.stash
    stash[_CUT] = False
    with Rig(wishes, folder=request.path.parent, temporary=tmp_path_factory, patch=monkeypatch) as rig:
        stash[_RIG] = rig
        yield rig.emulator
    if not stash[_CUT]:
        rig.check()


@pytest.fixture(scope="session")
def gemlive_server_settings() -> Mapping[str, Any]:
    """What the emulator of ``gemlive_server`` is like: override it, with what a marker may say."""
    return {}


@pytest.fixture(scope="session")
def gemlive_server(
    request: pytest.FixtureRequest,
    gemlive_server_settings: Mapping[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> "Iterator[Hosted]":
    """One emulator for all tests of a run (of a worker, under xdist); ``reset()`` forgets what a test has set."""
    from gemlive_emulator.kit.rig import Rig

    with Rig(gemlive_server_settings, folder=request.config.rootpath, temporary=tmp_path_factory) as rig:
        yield rig.emulator
    rig.check()


@pytest.hookimpl(hookwrapper=True)  # the older form, which every pluggy has: 1.2 brought the newer
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, "pluggy.Result[pytest.TestReport]", None]:
    """Show the sessions of a failing test, and where their recordings are."""
    report = (yield).get_result()
    if call.excinfo is not None:
        item.stash[_CUT] = True
    rig = item.stash.get(_RIG, None)
    if rig is None:
        return
    if report.failed:
        folder = item.config.getoption("--gemlive-recordings")
        # Not where the process is now: a test may have gone elsewhere.
        rig.attach(report, item, item.config.invocation_params.dir / folder if folder else None)
    if report.when == "teardown":
        # Items live as long as the run, and an emulator holds all that was sent.
        del item.stash[_RIG]


def _marked(node: Any) -> dict[str, Any]:
    """What all markers of a test say; the nearest says it last.

    Raises:
        pytest.UsageError: a marker has something else than keyword arguments.
    """
    wishes: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("gemlive"))):
        if marker.args:
            raise pytest.UsageError(f"{node.nodeid}: write gemlive({marker.args[0]!r}) by keyword; {MARKER}")
        wishes.update(marker.kwargs)
    return wishes
