#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The command lock of Windows, under Wine: exit codes, poison after a kill, and children that die with us."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from built_command import CLI, EMULATOR, PATIENCE, run_program  # noqa: E402

if not CLI:
    print("the command is not built")
    sys.exit(77)


def run(*words):
    return run_program(CLI, *words)


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: {found!r} instead of {wanted!r}")


def state(name):
    return json.loads(run("who", "--json", name)[1])


def await_state(name, condition):
    end = time.monotonic() + PATIENCE
    while True:
        found = state(name)
        if condition(found):
            return found
        if time.monotonic() > end:
            sys.exit(f"waited too long for {name}: {found}")


os.environ.setdefault("LC_ALL", "C.UTF-8")  # by which Wine reads our words
NAME = f"test-{os.getpid()}"
INNER = f"{NAME}-inner"
HOLD = ("cmd", "/c", "pause")  # reads from the pipe that nobody writes to


def holder():
    """Somebody who has the lock until its input ends."""
    command = subprocess.Popen([*EMULATOR, CLI, "lock", "--label", "the holder", NAME, "--", *HOLD],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Between its lock and its mark, what is written is still the one before.
    found = await_state(NAME, lambda s: s["holders"] and not s["holders"][0]["ended"])
    expect("label", found["holders"][0]["label"], "the holder")
    return command, found


code, out, _ = run("lock", NAME, "--", "cmd", "/c", "echo %HOLDFAST_NAME% %HOLDFAST_POISONED% %HOLDFAST_ENGINE%& exit 3")
expect("exit code of the command", (code, out), (3, f"{NAME} 0 local"))
token = state(NAME)["token"]

owner, held = holder()
expect("tokens grow", held["token"], token + 1)
expect("-n", run("lock", "-n", NAME, "--", "cmd", "/c", "exit 0")[0], 75)
expect("-n -E", run("lock", "-n", "-E", "5", NAME, "--", "cmd", "/c", "exit 0")[0], 5)
code, _, err = run("lock", "-w", "100ms", "--json", NAME, "--", "cmd", "/c", "exit 0")
expect("-w", (code, json.loads(err)["result"]), (75, "busy"))
expect("rm of what is held", run("rm", NAME)[0], 75)
owner.communicate(timeout=PATIENCE)
expect("the holder", owner.returncode, 0)
expect("poison", state(NAME)["poisoned"], False)

owner, held = holder()
pid = held["holders"][0]["pid"]
owner.kill()  # of the process behind Wine's: as TerminateProcess
owner.wait(timeout=PATIENCE)
code, out, err = run("lock", NAME, "--", "cmd", "/c", "echo ran")
expect("after a kill", (code, out), (78, ""))
if f"pid {pid}" not in err or f"token {held['token']}" not in err:
    sys.exit(f"the message does not say who: {err}")
code, out, _ = run("lock", "--on-poison=run", NAME, "--", "cmd", "/c", "echo %HOLDFAST_POISONED%")
expect("--on-poison=run", (code, out), (0, "1"))
expect("heal", run("heal", NAME)[0], 0)
expect("after heal", run("lock", NAME, "--", "cmd", "/c", "exit 0")[0], 0)

owner = subprocess.Popen([*EMULATOR, CLI, "lock", NAME, "--", CLI, "lock", INNER, "--", *HOLD],
                         stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
await_state(INNER, lambda s: s["holders"] and not s["holders"][0]["ended"])
owner.kill()
expect("the command has died with us", await_state(INNER, lambda s: not s["holders"])["poisoned"], True)
owner.wait(timeout=PATIENCE)
expect("heal", run("heal", NAME)[0], 0)

expect("--poison-on-failure", run("lock", "--poison-on-failure", NAME, "--", "cmd", "/c", "exit 4")[0], 4)
expect("and then", run("lock", NAME, "--", "cmd", "/c", "exit 0")[0], 78)
expect("--on-poison=clean", run("lock", "--on-poison=clean", NAME, "--", "cmd", "/c", "exit 0")[0], 0)
expect("no such program", run("lock", NAME, "--", "no-such-program")[0], 127)
for path in ("/tmp/x", "C:\\x", "c:x", "a\\x"):
    expect(f"the path {path}", run("lock", path, "--", "cmd", "/c", "exit 0")[0], 69)
for name in ("nul", "COM1.x", "ab:c", "1:c", "local://a\\x"):
    expect(f"the name {name}", run("lock", name, "--", "cmd", "/c", "exit 0")[0], 64)
expect("--grace", run("lock", "--grace", "1s", NAME, "--", "cmd")[0], 64)
expect("quotes", run("lock", NAME, "--", CLI, "lock", "--json", "a\"b", "--", "cmd")[0], 64)  # no name

# What a command says by its exit code, however great, is told from an exception that nobody caught.
for code in (-1, -500, 0x80000003 - 2**32, 0xE0000001 - 2**32):
    message = json.loads(run("lock", "--json", NAME, "--", "cmd", "/c", f"exit {code}")[2])
    expect(f"exit code {code}", (message["exit_code"], message["signal"]), (code, None))
for code in (0xC0000005, 0xC0000374, 0xE06D7363, 0xE0434352):
    message = json.loads(run("lock", "--json", "--on-poison=clean", NAME, "--", "cmd", "/c", f"exit {code - 2**32}")[2])
    expect(f"exception {code:x}", (message["exit_code"], message["signal"]), (139, 11))
expect("an exception poisons", run("lock", NAME, "--", "cmd", "/c", "exit 0")[0], 78)
expect("heal", run("heal", NAME)[0], 0)

# The words of a batch file are read by cmd.exe.
with tempfile.TemporaryDirectory() as folder:
    batch = pathlib.Path(folder) / "say.bat"
    batch.write_text("@echo off\necho [%1] [%2]\n", encoding="ascii")
    shutil.copy(batch, batch.with_suffix(".CMD"))
    for path in (batch, batch.with_suffix(".CMD")):
        code, out, err = run("lock", NAME, "--", path, "R&ver", "x y")
        expect("a word of a batch file", (code, out), (0, '["R&ver"] ["x y"]'))
        for word in ('a"&echo X', "%USERNAME%", "!x!", "a\nb", "a\rb"):
            code, out, err = run("lock", NAME, "--", path, word)
            expect(f"{word!r} for a batch file", (code, out), (126, ""))
            if "batch file" not in err:
                sys.exit(f"the message does not say why: {err}")
    for name in (f"{batch} ", f"{batch}.", f"{batch}. ."):
        expect(f"{name!r} is a batch file", run("lock", NAME, "--", name, "%USERNAME%")[0], 126)
    text = pathlib.Path(folder) / "text.exe"
    text.write_text("no program", encoding="ascii")
    code, _, err = run("lock", NAME, "--", text)
    expect("no program", code, 126)
    if "Exec format error" not in err:
        sys.exit(f"the message does not say that it is no program: {err}")
expect("a quote in the name of a program", run("lock", NAME, "--", 'say.bat" "x')[0], 127)
expect("nothing of this poisons", run("lock", NAME, "--", "cmd", "/c", "exit 0")[0], 0)

# A command heals its own lock, whatever letters its name has.
for name in (f"{NAME}-\u00fc\u4e2d", f"local://{NAME}-\u00fc\u4e2d"):
    expect("poison", run("lock", "--poison-on-failure", name, "--", "cmd", "/c", "exit 4")[0], 4)
    expect("heal from within", run("lock", "--on-poison=run", name, "--", CLI, "heal", name)[0], 0)
    expect("and then", run("lock", name, "--", "cmd", "/c", "exit 0")[0], 0)
expect("rm", run("rm", name)[0], 0)

expect("rm", run("rm", NAME)[0], 0)
expect("rm again", run("rm", NAME)[0], 69)
expect("rm of the other", run("rm", INNER)[0], 0)
print("lock on Windows: all as promised")
