#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks the documents: links and paths lead somewhere, quotes are verbatim, every public concept has
its page, the change log has a heading for what is in the tree."""

import fnmatch
import posixpath
import re
import textwrap

import checklib
import pathnames

# Headers (below include/holdfast) without a page of their own, and why.
NO_PAGE = {
    "base/config.hpp": "macros; what a user sets is in the README",
    "base/fatal.hpp": "internal",
    "lock/lock_several.hpp": "internal; the page of lock_all tells",
    "lock/favouring_lock.hpp": "internal; the page of bounded_queue tells",
    "lock/reader_bias.hpp": "internal; the page of parking_rw_lock tells",
    "lock/rw_halves.hpp": "internal; the page of parking_rw_lock tells",
    "wait_adapter.hpp": "internal; the page of condition tells",
    "queue_parts.hpp": "internal; the page of bounded_queue tells",
    "base/function_ref.hpp": "internal",
    "base/predicate.hpp": "internal; the page of lock_when tells",
    "fiber/options.hpp": "scheduler.md tells",
    "fiber/spawner.hpp": "internal; scheduler.md tells",
    "process/condition_seats.hpp": "internal; process_condition.md tells",
    "process/access.hpp": "internal; process.md tells",
    "process/guard.hpp": "process.md tells",
    "process/mutex.hpp": "process.md tells",
    "process/named.hpp": "process_semaphore.md and process_condition.md tell",
    "process/robust_rw_lock.hpp": "internal; process_shared_mutex.md tells",
    "process/directory.hpp": "process.md tells",
    "process/error.hpp": "process.md tells",
    "process/identity.hpp": "process.md tells",
    "process/options.hpp": "process.md tells",
    "process/poisoned.hpp": "process.md tells",
    "process/robust_lock.hpp": "internal; process.md tells",
    "process/shareable.hpp": "process.md tells",
    "process/wait_limits.hpp": "internal; process.md tells",
    "base/stop_token.hpp": "forwards to the standard library",
    "coroutine/*": "internal; async.md tells",
    "model/*": "model.md tells",
    "platform/*": "internal; platform.md tells",
    "wait/*": "internal; waiting.md tells",
}
MARKER = re.compile(r"^<!-- quoted from (examples/[\w./-]+?)(?:#([\w-]+))? -->[ \t]*$", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")


def anchors(text):
    """The anchors that a Markdown page offers, as GitHub makes them."""
    found = set()
    for title in re.findall(r"^#{1,6}\s+(.*?)\s*#*$", pathnames.without_fences(text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").lower()
        found.add(re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain)))
    return found


def check_links(tree, problems, name, text):
    for number, line in enumerate(pathnames.without_fences(text).splitlines(), 1):
        for match in LINK.finditer(re.sub(r"`[^`]*`", "", line)):
            target = match[1] or match[2]
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            full = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if not tree.exists(full):
                problems.add(name, number, f"the link {target} leads nowhere", "correct it")
            elif anchor and full.endswith(".md") and anchor not in anchors(tree.read(full)):
                problems.add(name, number, f"{full} has no heading #{anchor}", "correct the anchor")


def check_paths(tree, problems, name, text):
    for line, token in pathnames.mentions(text):
        if pathnames.resolve(tree, name, token) == []:
            problems.add(name, line, f"`{token}` does not exist", "correct the path")


def region(text, tag):
    """The lines between `// [tag]` and `// [/tag]`; None when there is no such pair."""
    lines = text.splitlines()
    marks = [line.strip() for line in lines]
    if f"// [{tag}]" not in marks or f"// [/{tag}]" not in marks:
        return None
    return "\n".join(lines[marks.index(f"// [{tag}]") + 1:marks.index(f"// [/{tag}]")])


def normal(text):
    return textwrap.dedent(text).strip("\n").rstrip()


def check_quotes(tree, problems, name, text):
    for marker in MARKER.finditer(text):
        line, (source, tag) = checklib.line_of(text, marker.start()), marker.groups()
        fence = re.match(r"\n```(?:cpp|c\+\+)\n(.*?)^```", text[marker.end():], re.DOTALL | re.MULTILINE)
        if fence is None:
            problems.add(name, line, "no ```cpp block follows the marker", "put the quote right below it")
        elif not tree.exists(source):
            problems.add(name, line, f"{source} does not exist", "correct the marker")
        else:
            whole = tree.read(source)
            part = region(whole, tag) if tag else whole
            if part is None:
                problems.add(name, line, f"{source} has no lines // [{tag}] and // [/{tag}]", "add them")
            elif f"\n{normal(fence[1])}\n" not in f"\n{normal(part)}\n":
                if not quoted_indented(fence[1], part):
                    problems.add(name, line, f"the block is not what {source} says",
                                 "copy the text again; the example is the truth, as it is compiled")


def quoted_indented(quote, part):
    """True if the quote is a run of lines of `part` that stands deeper there."""
    wanted, lines = normal(quote).splitlines(), part.splitlines()
    return any(normal("\n".join(lines[start:start + len(wanted)])) == "\n".join(wanted)
               for start in range(len(lines) - len(wanted) + 1))


def check_pages(tree, problems):
    for name in tree.below("include/holdfast"):
        short = name.removeprefix("include/holdfast/")
        stem = posixpath.basename(name).removesuffix(".hpp")
        # Between processes there is a second one of many a name.
        page = f"docs/reference/{'process_' if short.startswith('process/') and stem != 'process' else ''}{stem}.md"
        if not tree.exists(page) and not any(fnmatch.fnmatch(short, rule) for rule in NO_PAGE):
            problems.add(name, 0, f"there is no {page}",
                         "write it, or give the reason in NO_PAGE of tools/check_docs.py")


def check_changelog(tree, problems):
    if not tree.exists("CHANGELOG.md"):
        problems.add("CHANGELOG.md", 0, "there is no change log", "write it (keepachangelog.com)")
        return
    version = re.search(r"^\s*VERSION (\d+\.\d+\.\d+)", tree.read("CMakeLists.txt"), re.MULTILINE)
    wanted = rf"^## \[?(Unreleased|{re.escape(version[1]) if version else 'Unreleased'})\]?"
    if not re.search(wanted, tree.read("CHANGELOG.md"), re.MULTILINE):
        problems.add("CHANGELOG.md", 0, "no heading for Unreleased or the current version",
                     f"add '## [Unreleased]' or '## [{version[1] if version else ''}]'")


def check(tree, problems):
    for name in tree.files:
        if name.endswith(".md"):
            text = tree.read(name)
            check_links(tree, problems, name, text)
            check_paths(tree, problems, name, text)
            check_quotes(tree, problems, name, text)
    check_pages(tree, problems)
    check_changelog(tree, problems)


BASE = {"CHANGELOG.md": "## [Unreleased]\n", "CMakeLists.txt": "  VERSION 0.1.0\n",
        "examples/a.cpp": "int main() {\n  // [core]\n  f();\n\n  g();\n  // [/core]\n}\n"}
QUOTE = "<!-- quoted from examples/a.cpp{} -->\n```cpp\n{}\n```\n"
CASES = [
    ("good documents",
     {**BASE, "docs/x.md": "# A b\n[r](../README.md#c-d) [b](#a-b) `examples/a.cpp` <http://x>\n"
                           + QUOTE.format("#core", "f();\n\ng();") + QUOTE.format("", "f();"),
      "README.md": "## C `d`\n"}, None),
    ("a dead link", {**BASE, "README.md": "[r](docs/no.md)\n"}, "README.md:1: the link docs/no.md"),
    ("a dead anchor", {**BASE, "README.md": "# A\n[r](#b)\n"}, "no heading #b"),
    ("a dead path", {**BASE, "README.md": "see `examples/b.cpp`\n"}, "`examples/b.cpp` does not exist"),
    ("a changed quote", {**BASE, "README.md": QUOTE.format("#core", "f();\nh();")}, "is not what"),
    ("a quote from outside its region", {**BASE, "README.md": QUOTE.format("#core", "int main() {")},
     "is not what"),
    ("a region that is missing", {**BASE, "README.md": QUOTE.format("#no", "f();")}, "has no lines"),
    ("a marker without a block", {**BASE, "README.md": "<!-- quoted from examples/a.cpp -->\n"}, "no ```cpp"),
    ("a concept without a page", {**BASE, "include/holdfast/mutex.hpp": ""}, "no docs/reference/mutex.md"),
    ("an exempt header", {**BASE, "include/holdfast/platform/x.hpp": ""}, None),
    ("no heading in the change log", {**BASE, "CHANGELOG.md": "## [0.0.9]\n"}, "no heading for"),
]

if __name__ == "__main__":
    checklib.main("docs", check, CASES)
