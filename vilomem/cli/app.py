"""The command line: ``vilomem COMMAND``.

Exit codes: 0 done; 1 done, and ``check`` found rows that would be refused; 2 wrong use, wrong data, or a store that does not fit;
3 stopped, run the same command again to go on; 4 a model could not be reached, or gave no usable reply in a whole run; 130 interrupted.
"""

from __future__ import annotations

import signal
import sys

import typer
from rich.console import Console
from rich.markup import escape
from typer.exceptions import TyperException

from vilomem.cli import demo, inspect, jobs, memory, query, score
from vilomem_core.errors import ModelError, RunStopped, UserError

INTERRUPTED = 130

app = typer.Typer(
    name="vilomem",
    help="Turn a multimodal model's mistakes into a memory that any model can use.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
COMMANDS = (
    demo.demo,
    jobs.learn,
    jobs.evaluate,
    query.recall,
    query.report,
    query.export,
    query.sql,
    query.snapshots,
    memory.consolidate,
    memory.publish,
    memory.reembed,
    memory.pin,
    memory.unpin,
    memory.retire,
    memory.restore,
    inspect.check,
    inspect.config,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(score.app, name="score")


@app.callback()
def common(verbose: bool = typer.Option(False, "--verbose", "-v", help="Show the logs of every part.")) -> None:
    """Options before the command hold for every command."""
    from tasks.orchestrator import configure_logs

    configure_logs(verbose)


def main() -> None:
    """Run one command; errors are one or two lines on standard error."""
    console = Console(stderr=True, highlight=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until a job has a handler of its own, it is as Ctrl-C
    try:
        code = app(standalone_mode=False)
    except UserError as exc:
        code = _fail(console, "error", exc, 2)
    except RunStopped as exc:
        code = _fail(console, "stopped", exc, 3)
    except ModelError as exc:
        code = _fail(console, "error", exc, 4)
    except typer.Exit as exc:
        code = exc.exit_code
    except TyperException as exc:  # an unknown option, a missing argument
        console.print(f"[bold red]error:[/] {escape(exc.format_message())}", soft_wrap=True)
        console.print("`vilomem --help` and `vilomem COMMAND --help` say what there is.")
        code = 2
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:  # `vilomem sql … | head`
        code = 0
    if code == INTERRUPTED:  # typer makes an exit of this code of Ctrl-C
        console.print("interrupted; run the same command again to go on.", style="yellow")
    sys.exit(code if isinstance(code, int) else 0)


def _fail(console: Console, word: str, error: Exception, code: int) -> int:
    console.print(f"[bold red]{word}:[/] ", end="")
    console.print(str(error), markup=False, soft_wrap=True)
    return code
