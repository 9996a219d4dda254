"""The runner behind ``make mutants``: what it changes, and that its table is right."""

import ast
from pathlib import Path

from tests.mutants.__main__ import Tally, equivalent, sample, verdict
from tests.mutants.mutate import mutants
from tests.mutants.table import TESTS

SOURCE = '''"""Says 1 + 1."""

@dataclass(frozen=True)
class A:
    size: int = 3

def f(a, é="é", b=1):
    return min(a, b) + 2 if a < b and not b else f"{a + b}"
'''


def test_each_mutant_changes_one_thing_and_no_text_or_decorator() -> None:
    found = [(mutant.before, mutant.after) for mutant in mutants("x.py", SOURCE)]
    assert found == [
        ("3", "4"),
        ("1", "2"),
        (
            'min(a, b) + 2 if a < b and not b else f"{a + b}"',
            "f'{a + b}' if a < b and (not b) else min(a, b) + 2",
        ),
        ("a < b and not b", "a < b or not b"),
        ("a < b", "a <= b"),
        ("not b", "b"),
        ("min(a, b) + 2", "min(a, b) - 2"),
        ("min(a, b)", "max(a, b)"),
        ("2", "3"),
    ]
    for mutant in mutants("x.py", SOURCE):
        assert ast.dump(ast.parse(mutant.source)) != ast.dump(ast.parse(SOURCE))


def test_every_module_and_test_of_the_table_is_there(project_root: Path) -> None:
    for module, tests in TESTS.items():
        assert (project_root / module).is_file()
        for name in tests:
            assert (project_root / name).is_file()


def test_a_sample_is_the_same_for_the_same_seed_and_takes_from_every_module() -> None:
    first = sample(65, 7)
    assert first == sample(65, 7) != sample(65, 8)
    assert {mutant.path for mutant in first} == TESTS.keys()


def test_every_equivalent_mutant_is_one_that_there_is(project_root: Path) -> None:
    keys = {m.key for path in TESTS for m in mutants(path, (project_root / path).read_text())}
    assert equivalent().keys() <= keys


def test_what_is_not_killed_or_not_tried_is_never_taken_for_killed() -> None:
    (mutant, *_) = mutants("x.py", SOURCE)
    assert verdict({"x.py": Tally(killed=19, survived=[mutant])}, 95) == 0
    assert verdict({"x.py": Tally(killed=18, survived=[mutant])}, 95) == 1
    assert verdict({"x.py": Tally(killed=18, timed_out=[mutant])}, 95) == 1
    assert verdict({"x.py": Tally(killed=19), "y.py": Tally(left=1)}, 95) == 2
    assert verdict({}, 95) == 2
