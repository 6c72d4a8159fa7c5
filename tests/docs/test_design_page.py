"""What ``docs/design.md`` shows of the contract of the core is the contract of the core."""

import ast
import inspect

from blocks import ROOT, blocks

from gemlive_emulator.session.session import Session


def test_the_contract_that_is_shown_is_that_of_the_session():
    [code] = blocks(ROOT / "docs" / "design.md", "python")
    [shown] = ast.parse(code).body
    assert isinstance(shown, ast.ClassDef)
    assert shown.name == Session.__name__
    own = ast.parse(inspect.getsource(Session)).body[0]
    assert isinstance(own, ast.ClassDef)
    written = {one.name: (ast.unparse(one.args), ast.unparse(one.returns)) for one in functions(own)}
    assert [one.name for one in functions(shown)] == ["handle", "deadline"]
    for one in functions(shown):
        assert written[one.name] == (ast.unparse(one.args), ast.unparse(one.returns))


def functions(of: ast.ClassDef) -> list[ast.FunctionDef]:
    return [one for one in of.body if isinstance(one, ast.FunctionDef) and one.returns is not None]
