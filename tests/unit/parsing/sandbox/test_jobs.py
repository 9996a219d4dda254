"""What worker/parsing/sandbox/jobs.py promises: order, bounded read-ahead, fair shares."""

from worker.core.article import Reading
from worker.parsing.sandbox.jobs import (
    AHEAD_BYTES,
    AHEAD_FILES,
    CHUNK_BYTES,
    CHUNK_FILES,
    Job,
    Run,
    Task,
)


def run_of(count: int, size: int = 1) -> Run:
    run = Run(Job(f"{number}", b"x" * size) for number in range(count))
    run.fill()
    return run


def answer(run: Run, task: Task) -> None:
    run.finish(task, Reading(None, ()))


def test_answers_leave_in_the_order_of_the_jobs() -> None:
    run = run_of(3)
    first, second, third = [run.waiting.popleft() for _ in range(3)]
    answer(run, third)
    answer(run, second)
    assert not run.ready
    answer(run, first)
    taken = 0
    while run.ready:
        run.take()
        taken += 1
    assert taken == 3
    assert run.done


def test_reading_ahead_is_bounded_in_files() -> None:
    run = run_of(10 * AHEAD_FILES)
    assert run.taken == AHEAD_FILES
    answer(run, run.waiting.popleft())
    run.take()
    run.fill()
    assert run.taken == AHEAD_FILES + 1


def test_reading_ahead_is_bounded_in_bytes_but_one_file_is_always_taken() -> None:
    run = run_of(10, size=AHEAD_BYTES * 2)
    assert run.taken == 1
    answer(run, run.waiting.popleft())
    run.take()
    run.fill()
    assert run.taken == 2


def test_answers_that_wait_for_the_caller_count_in_bytes() -> None:
    run = run_of(10 * AHEAD_FILES)
    first, second = run.waiting.popleft(), run.waiting.popleft()
    run.finish(second, "large", AHEAD_BYTES)
    answer(run, first)
    run.take()
    run.fill()
    assert run.taken == AHEAD_FILES
    run.take()
    run.fill()
    assert run.taken == AHEAD_FILES + 2


def test_a_chunk_is_bounded_and_smaller_towards_the_end() -> None:
    run = run_of(AHEAD_FILES)
    assert len(run.chunk(shares=2, most=CHUNK_FILES)) == CHUNK_FILES
    assert len(run_of(6).chunk(shares=2, most=CHUNK_FILES)) == 3
    assert len(run_of(1).chunk(shares=4, most=CHUNK_FILES)) == 1
    assert len(run_of(20, size=CHUNK_BYTES).chunk(shares=1, most=CHUNK_FILES)) == 1


def test_a_suspect_is_handed_out_alone() -> None:
    run = run_of(8)
    run.waiting[0].alone = run.waiting[2].alone = True
    sizes = []
    while run.waiting:
        sizes.append(len(run.chunk(shares=1, most=CHUNK_FILES)))
    assert sizes == [1, 1, 1, 5]


def test_what_was_put_back_is_handed_out_first_and_in_order() -> None:
    run = run_of(6)
    tasks = [run.waiting.popleft() for _ in range(3)]
    run.put_back(tasks)
    assert [task.index for task in run.waiting] == [0, 1, 2, 3, 4, 5]


def test_a_closed_run_keeps_nothing() -> None:
    run = run_of(2)
    task = run.waiting.popleft()
    run.waiting.clear()
    run.closed = True
    answer(run, task)
    run.put_back([task])
    assert not run.answers
    assert not run.waiting


def test_an_empty_source_is_done_at_once() -> None:
    assert run_of(0).done
