#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks the layers: includes go to the same layer or down; only platform/ knows OS and CPU;
what stands outside the library uses public headers only.

Who may ask where it is compiled, in C++ and in CMake: platform/ and cmake/ anything; process/ and cli/ the
OS; tests/ and bench/ anything, as they try and measure what is there; everybody else nothing."""

import posixpath
import re

import checklib

LAYERS = ["base", "platform", "wait", "spin", "park", "lock", "root", "coroutine", "process", "fiber", "model"]
# The layers that know the OS; only platform/ knows the CPU.
SYSTEM = ("platform", "process")
# What else is closed to a layer: pointers and the lot cannot be shared between processes.
CLOSED = {"process": ("park", "lock", "coroutine")}
# What a layer may include beside the standard library.
LIBRARIES = {"fiber": ("boost/context/", "boost/fiber/")}
# Headers that people include by a short name, and whose layer is not the one of their folder.
ENTRIES = {"include/holdfast/async.hpp": "coroutine"}
OUTSIDE = ["cli", "bench", "preload", "examples", "tests/consumer"]
# Of these, who may ask for nothing, and who for the OS alone.
EVERYWHERE = ("examples/", "tests/consumer/")
COMMAND = "cli/"
# The CMake files that may ask: those that choose parts by the OS, and what is not the library.
CMAKE_THAT_ASKS = ("cmake/", "src/CMakeLists.txt", "src/platform/", "src/process/", "cli/", "bench/", "preload/", "tests/")
# Platforms of their own, for which they compile the waiting halves in src/ (docs/reference/platform.md).
PLATFORMS = ["bench/simulator/", "preload/"]

STANDARD_HEADERS = set("""
algorithm any array atomic barrier bit bitset cassert ccomplex cctype cerrno cfenv cfloat charconv
chrono cinttypes climits clocale cmath compare complex concepts condition_variable coroutine csetjmp
csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception
execution filesystem format forward_list fstream functional future initializer_list iomanip ios iosfwd
iostream istream iterator latch limits list locale map memory memory_resource mutex new numbers numeric
optional ostream queue random ranges ratio regex scoped_allocator semaphore set shared_mutex
source_location span sstream stack stdexcept stop_token streambuf string string_view strstream
syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility
valarray variant vector version
""".split())

CONDITIONAL = re.compile(
    r"\b(__linux__|__linux|__gnu_linux__|__unix__|__unix|_WIN32|_WIN64|__CYGWIN__|__MINGW\w*|__APPLE__"
    r"|__MACH__|__\w*BSD__|__ANDROID__|__sun|__GLIBC__|__GLIBC_MINOR__|__BIONIC__|__MUSL__|_POSIX_\w+|SYS_\w+|__NR_\w+"
    r"|__x86_64\w*|__amd64\w*|__i386\w*|__aarch64\w*|__arm\w*|__riscv\w*|__powerpc\w*|__s390\w*|__LP64__"
    r"|__SSE\w*|__AVX\w*|_M_X64|_M_IX86|_M_ARM\w*|__mips\w*|__sparc\w*|__loongarch\w*|__wasm\w*"
    r"|WIN32|_MSC_VER|__WINE__|__SIZEOF_POINTER__|__SIZEOF_LONG__|__SIZEOF_INT128__|__WORDSIZE|__ILP32__|_LP64"
    r"|__BYTE_ORDER__|HOLDFAST_(?:OS|CPU|ARCH)_\w+|HOLDFAST_HAS_RESTARTABLE|HOLDFAST_PORTABLE)\b")
OF_CPU = re.compile(r"\b(__x86_64\w*|__amd64\w*|__i386\w*|__aarch64\w*|__arm\w*|__riscv\w*|__SSE\w*|__AVX\w*|_M_X64|_M_IX86"
                    r"|_M_ARM\w*|__mips\w*|__sparc\w*|__loongarch\w*|__wasm\w*)\b")
MACHINE_CODE = re.compile(r"\b(?:__asm__|asm|__asm)\b|\b__builtin_(?:ia32|arm|aarch64)_\w+|\bsyscall\s*\(")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
HAS_INCLUDE = re.compile(r"__has_include(?:_next)?\s*\(\s*[<\"]([^>\"]+)[>\"]")
CMAKE_QUESTION = re.compile(r"\b(CMAKE_(?:HOST_)?SYSTEM(?:_NAME|_PROCESSOR|_VERSION)?|CMAKE_SIZEOF_VOID_P|CMAKE_HOST_\w+"
                            r"|WIN32|UNIX|APPLE|LINUX|MINGW|MSVC|CYGWIN|ANDROID|BSD|PLATFORM_ID)\b")


def layer_of(name):
    """The layer of a file of the library, None when its folder is not a known layer."""
    if name in ENTRIES:
        return ENTRIES[name]
    parts = name.split("/")
    if parts[0] == "include":
        parts = parts[1:]  # now holdfast/... or src/...
    if len(parts) == 2:
        return "root"
    return parts[1] if parts[1] in LAYERS else None


def resolve(tree, name, target):
    """The repository file that an include names, or None for headers from elsewhere."""
    if target in STANDARD_HEADERS:
        return None  # <coroutine> is no folder of ours
    candidates = [f"include/{target}", posixpath.normpath(posixpath.join(posixpath.dirname(name), target)),
                  f"src/{target}"]
    return next((path for path in candidates if tree.exists(path)), None)


def check_include(tree, problems, name, layer, line, target):
    path = resolve(tree, name, target)
    if path is None and target.startswith("holdfast/"):
        path = f"include/{target}"
    if path is not None and path.startswith(("include/holdfast/", "src/")):
        other = layer_of(path)
        if other is None:
            problems.add(name, line, f"{target} is in no known layer",
                         "use a folder of tools/check_layers.py LAYERS, or add the layer there")
        elif LAYERS.index(other) > LAYERS.index(layer):
            problems.add(name, line, f"layer {layer} includes {target} of the higher layer {other}",
                         f"move what is needed down to {layer} or below, or this code up to {other}")
        elif other in CLOSED.get(layer, ()):
            problems.add(name, line, f"layer {layer} includes {target} of the layer {other}, which is closed to it",
                         "what is shared between processes has neither pointers nor a parking lot")
    elif path is not None:
        problems.add(name, line, f"the library includes {path}, which is not part of it",
                     "move what is needed to include/holdfast or src")
    elif (layer not in SYSTEM and target not in STANDARD_HEADERS
          and not target.startswith(LIBRARIES.get(layer, ("\0",)))):
        problems.add(name, line, f"<{target}> is not a header of the C++ standard library",
                     "reach the OS, the CPU and other libraries through platform/ only")


def check_library_file(tree, problems, name):
    layer = layer_of(name)
    if layer is None:
        problems.add(name, 0, "this folder is no known layer",
                     "use a folder of tools/check_layers.py LAYERS, or add the layer there")
        return
    text = tree.read(name)
    for match in INCLUDE.finditer(text):
        check_include(tree, problems, name, layer, checklib.line_of(text, match.start(2)), match[2])
    if layer == "platform":
        return
    check_conditionals(problems, name, text, OF_CPU if layer in SYSTEM else CONDITIONAL)
    check_machine_code(problems, name, text, layer in SYSTEM)


def check_conditionals(problems, name, text, asked):
    """No question for the OS or the CPU, by a directive, by a macro made of one, or in the code."""
    mend = "write one contract in platform/ and a file for each case there"
    code = checklib.code_of(text)
    for match in asked.finditer(code):
        # config.hpp gives HOLDFAST_PORTABLE its default; nothing else outside platform/ may ask.
        if match[0] != "HOLDFAST_PORTABLE" or not name.endswith("/base/config.hpp"):
            problems.add(name, checklib.line_of(code, match.start()), f"conditional on {match[0]} outside platform/", mend)
    if asked is not CONDITIONAL:
        return
    for match in HAS_INCLUDE.finditer(text):
        blanked = not code[match.start()].strip()  # in a comment
        if not blanked and match[1] not in STANDARD_HEADERS and not match[1].startswith(("holdfast/", "boost/")):
            problems.add(name, checklib.line_of(text, match.start()),
                         f"conditional on the header <{match[1]}> outside platform/", mend)


def check_machine_code(problems, name, text, may_call_the_kernel):
    code = checklib.code_of(text)
    for match in MACHINE_CODE.finditer(code):
        if may_call_the_kernel and match[0].startswith("syscall"):
            continue
        problems.add(name, checklib.line_of(code, match.start()), f"'{match[0]}' outside platform/",
                     "give it a name and a contract in platform/")


def check_cmake_file(tree, problems, name):
    text = re.sub(r"#[^\n]*", lambda comment: " " * len(comment[0]), tree.read(name))
    for match in CMAKE_QUESTION.finditer(text):
        problems.add(name, checklib.line_of(text, match.start()), f"asks for {match[0]}",
                     f"sources guard themselves; parts are chosen in {', '.join(CMAKE_THAT_ASKS[:4])}")


def check_outside_file(tree, problems, name):
    text = tree.read(name)
    for match in INCLUDE.finditer(text):
        line, target = checklib.line_of(text, match.start(2)), match[2]
        path = resolve(tree, name, target)
        public = f"include/{target}"
        if target.startswith("holdfast/") and not tree.exists(public):
            problems.add(name, line, f"there is no public header {target}", "name one of include/holdfast")
        elif path is not None and path.startswith("src/") and not name.startswith(tuple(PLATFORMS)):
            problems.add(name, line, f"{target} is a private header of the library",
                         "use public headers (holdfast/...) only")
    if name.startswith(EVERYWHERE):
        check_conditionals(problems, name, text, CONDITIONAL)
        check_machine_code(problems, name, text, False)
    elif name.startswith(COMMAND):
        check_conditionals(problems, name, text, OF_CPU)
        check_machine_code(problems, name, text, True)


def check(tree, problems):
    for name in tree.below("include/holdfast", "src"):
        check_library_file(tree, problems, name)
    for name in tree.below(*OUTSIDE):
        check_outside_file(tree, problems, name)
    for name in tree.files:
        if name.endswith(("CMakeLists.txt", ".cmake")) and not name.startswith(CMAKE_THAT_ASKS):
            check_cmake_file(tree, problems, name)


HEADER = "include/holdfast/{}/x.hpp"
CASES = [
    ("includes downwards are fine",
     {HEADER.format("spin"): '#include <atomic>\n#include "holdfast/base/x.hpp"\n',
      HEADER.format("base"): "#pragma once\n",
      "src/platform/x.cpp": "#include <sys/mman.h>\n#if defined(__linux__)\n#endif\nasm();\n"}, None),
    ("an include upwards", {HEADER.format("spin"): '#include "holdfast/park/x.hpp"\n'}, "higher layer park"),
    ("an include of the root", {"src/lock/x.cpp": "#include <holdfast/mutex.hpp>\n"}, "higher layer root"),
    ("a private include upwards",
     {"src/spin/x.cpp": '#include "park/t.hpp"\n', "src/park/t.hpp": "\n"}, "higher layer park"),
    ("the library does not know the model",
     {HEADER.format("lock"): '#include "holdfast/model/x.hpp"\n', HEADER.format("model"): "\n"}, "higher layer model"),
    ("the model may include all", {HEADER.format("model"): "#include <holdfast/mutex.hpp>\n",
                                   "include/holdfast/mutex.hpp": "\n"}, None),
    ("the library does not know the entry to the coroutines",
     {HEADER.format("lock"): "#include <holdfast/async.hpp>\n", "include/holdfast/async.hpp": "\n"},
     "higher layer coroutine"),
    ("an OS header", {"src/lock/x.cpp": "#include <pthread.h>\n"}, "<pthread.h> is not"),
    ("a CPU header", {HEADER.format("wait"): "#include <immintrin.h>\n"}, "<immintrin.h> is not"),
    ("a library that a layer stands on", {"src/fiber/x.cpp": "#include <boost/context/a.hpp>\n"}, None),
    ("the same elsewhere", {"src/lock/x.cpp": "#include <boost/context/a.hpp>\n"}, "is not a header"),
    ("an OS header where the OS is known",
     {"src/process/x.cpp": "#include <sys/file.h>\n#if defined(__GLIBC__)\n#endif\n"}, None),
    ("a CPU conditional there", {"src/process/x.cpp": "#ifdef __x86_64__\n#endif\n"}, "__x86_64__"),
    ("the lot between processes", {"src/process/x.cpp": '#include "holdfast/park/x.hpp"\n',
                                   HEADER.format("park"): "\n"}, "which is closed to it"),
    ("an OS conditional",
     {HEADER.format("park"): "#if A || \\\n  defined(__linux__)\n#endif\n"}, "x.hpp:2: conditional on __linux__"),
    ("a CPU conditional", {HEADER.format("park"): "#ifdef __x86_64__\n#endif\n"}, "__x86_64__"),
    ("a conditional in a comment is none", {HEADER.format("park"): "// #ifdef __x86_64__\n"}, None),
    ("a macro made of an OS conditional",
     {HEADER.format("lock"): "#define LINUX \\\n  defined(__linux__)\n"}, "x.hpp:2: conditional on __linux__"),
    ("a header of the OS that is asked for",
     {HEADER.format("lock"): "#if __has_include(<unistd.h>)\n#endif\n"}, "conditional on the header <unistd.h>"),
    ("another library that is asked for",
     {HEADER.format("fiber"): "#if __has_include(<boost/a.hpp>)\n#endif\n"}, None),
    ("one of ours or of the language that is asked for",
     {HEADER.format("lock"): "// __has_include(<unistd.h>)\n#if __has_include(<version>) && __has_include(\"holdfast/a.hpp\")\n"
      "#endif\n"}, None),
    ("the switch of the platform in an algorithm",
     {"src/lock/x.cpp": "void f() { if constexpr (HOLDFAST_PORTABLE) g(); }\n"}, "HOLDFAST_PORTABLE"),
    ("its default", {"include/holdfast/base/config.hpp": "#ifndef HOLDFAST_PORTABLE\n#endif\n"}, None),
    ("the size of a word by a macro", {HEADER.format("base"): "#ifdef __SIZEOF_INT128__\n#endif\n"}, "__SIZEOF_INT128__"),
    ("the size of a word by the language",
     {HEADER.format("base"): "void f() { if constexpr (sizeof(void*) == 4) g(); }\n"}, None),
    ("an OS conditional and a header in the command", {"cli/a.cpp": "#ifdef _WIN32\n#include <windows.h>\n#endif\n"}, None),
    ("a CPU conditional in the command", {"cli/a.cpp": "#if A\n#elif defined(__aarch64__)\n#endif\n"}, "a.cpp:2: conditional"),
    ("a conditional in an example", {"examples/a.cpp": "#ifdef _WIN32\n#endif\n"}, "_WIN32"),
    ("a conditional in a test", {"tests/unit/a_test.cpp": "#ifdef __linux__\n#endif\n"}, None),
    ("a conditional in a benchmark", {"bench/a.cpp": "#ifdef __x86_64__\n#endif\n"}, None),
    ("the OS in the CMake file of a layer", {"src/fiber/CMakeLists.txt": "if(a)\nelseif(WIN32)\nendif()\n"},
     "CMakeLists.txt:2: asks for WIN32"),
    ("the CPU in that of the project", {"CMakeLists.txt": "if(CMAKE_SYSTEM_PROCESSOR MATCHES arm)\nendif()\n"}, "asks for CMAKE"),
    ("the same in a comment", {"CMakeLists.txt": "# WIN32\n"}, None),
    ("the OS where parts are chosen", {"src/CMakeLists.txt": "if(WIN32)\nendif()\n",
                                       "src/process/CMakeLists.txt": "if(WIN32)\nendif()\n"}, None),
    ("machine code", {"src/spin/x.cpp": 'void f() { __asm__("pause"); }\n'}, "'__asm__' outside"),
    ("an unknown layer", {HEADER.format("misc"): "\n"}, "no known layer"),
    ("a private header in the command",
     {"cli/a.cpp": '#include "../src/wait/t.hpp"\n', "src/wait/t.hpp": "\n"}, "private header"),
    ("a private header in a platform of its own",
     {"bench/simulator/a.cpp": '#include "wait/t.hpp"\n', "src/wait/t.hpp": "\n"}, None),
    ("a header that does not exist", {"bench/a.cpp": "#include <holdfast/no.hpp>\n"}, "no public header"),
]

if __name__ == "__main__":
    checklib.main("layers", check, CASES)
