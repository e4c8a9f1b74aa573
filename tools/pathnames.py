# SPDX-License-Identifier: BSL-1.0
"""Finds paths in Markdown text and says which files of the repository they mean."""

import fnmatch
import posixpath
import re

SUFFIXES = (".md", ".hpp", ".cpp", ".py", ".sh", ".cmake", ".json", ".txt", ".in")
# Not in the repository: built, installed, or written by a reader who follows a recipe.
ELSEWHERE = ("build/", "/", "~", "./build/", "compile_commands.json", "bench-report.")


def without_fences(text):
    """The text with fenced code blocks blanked; lines keep their numbers."""
    return re.sub(r"^( *)(```+|~~~+).*?^ *\2 *$", lambda match: re.sub(r"[^\n]", "", match[0]), text,
                  flags=re.DOTALL | re.MULTILINE)


def mentions(text):
    """(line, token) for every token in single backticks outside code blocks."""
    for number, line in enumerate(without_fences(text).splitlines(), 1):
        for token in re.findall(r"(?<!`)`([^`]+)`(?!`)", line):
            yield number, token.strip()


def expand_braces(token):
    match = re.search(r"\{([^{}]*)\}", token)
    if not match:
        return [token]
    return [full for choice in match[1].split(",")
            for full in expand_braces(token[:match.start()] + choice.strip() + token[match.end():])]


def is_path(tree, token):
    if re.search(r"[^A-Za-z0-9_.+/*{},<>-]", token.replace(", ", ",")):
        return False
    if token.startswith("<"):
        return token.startswith("<holdfast/") and token.endswith(">")
    if token.startswith(ELSEWHERE) or re.search(r"\b[A-Z]{3,}\.|[A-Z]{4,}/|NNNN|\.\.\.|[<>]", token):
        return False  # elsewhere, or a placeholder such as NAME.cpp
    if "/" not in token:
        return token in tree.folders or (token.endswith(SUFFIXES) and token[0] not in "*.")
    first = token.split("/", 1)[0]
    return token.endswith((*SUFFIXES, "/")) or any(folder == first for folder in tree.folders)


def resolve(tree, document, token):
    """The files and folders a token means; [] when it is a path that leads nowhere, None when no path."""
    if not is_path(tree, token):
        return None
    token = token.strip("<>").replace(", ", ",")
    found = []
    for name in expand_braces(token):
        name = name.rstrip("/")
        near = posixpath.normpath(posixpath.join(posixpath.dirname(document), name))
        candidates = [name, near, f"include/{name}", f"include/holdfast/{name}", f"src/{name}"]
        everything = tree.files + tree.folders
        matches = [path for candidate in candidates for path in everything
                   if path == candidate or ("*" in candidate and fnmatch.fnmatch(path, candidate))]
        if not matches and "/" not in name:
            matches = [path for path in tree.files if fnmatch.fnmatch(posixpath.basename(path), name)]
        if not matches:
            return []
        found += matches
    return found
