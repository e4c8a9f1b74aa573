# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
# Shared by the scripts of tools/: messages, and steps that show progress. Source it from the root.

if [[ -t 1 ]]; then
  on_terminal=yes green=$'\e[32m' red=$'\e[31m' bold=$'\e[1m' plain=$'\e[0m' erase=$'\r\e[K'
else
  on_terminal=no green='' red='' bold='' plain='' erase=''
fi
# shellcheck disable=SC2034 # for the scripts that source this file
jobs_to_run=${JOBS:-$(nproc)}
log_dir=build/logs

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

heading() { printf '%s%s%s\n' "$bold" "$*" "$plain"; }

# The repository's files that match the patterns, one a line; without git, what lies in the folder.
list_files() {
  git ls-files --cached --others --exclude-standard "$@" 2>/dev/null | sort -u | grep . && return
  local pattern
  for pattern in "$@"; do
    find . -path ./build -prune -o -path "*/${pattern#/}" -type f -print | sed 's|^\./||'
  done | sort -u
}

# Last progress mark of ninja ("[12/80]") or ctest ("12/80 Test"), if any.
progress_of() {
  tail -c 4000 "$1" 2>/dev/null | tr '\r' '\n' |
    grep -oE '^\[[0-9]+/[0-9]+\]|^ *[0-9]+/[0-9]+ Test' | tail -n 1 | tr -d ' ' | sed 's/Test$//'
}

# Runs until killed: on a terminal one line that counts, elsewhere a line every 30 s.
show_progress() {
  local name=$1 log=$2 start=$SECONDS pause=30 parent=$$
  [[ $on_terminal == yes ]] && pause=1
  while sleep "$pause" && kill -0 "$parent" 2>/dev/null; do
    if [[ $on_terminal == yes ]]; then
      printf '%s  ...  %s  %d s %s' "$erase" "$name" $((SECONDS - start)) "$(progress_of "$log")"
    else
      printf '  ...  %s  %d s %s\n' "$name" $((SECONDS - start)) "$(progress_of "$log")"
    fi
  done
}

progress_pid=
stop_progress() {
  if [[ -n $progress_pid ]]; then
    kill "$progress_pid" 2>/dev/null || true
    wait "$progress_pid" 2>/dev/null || true
    progress_pid=
  fi
}

interrupted() {
  stop_progress
  printf '%s\ninterrupted\n' "$erase" >&2
  trap - INT
  kill -INT $$
}
trap stop_progress EXIT
trap interrupted INT

# What of a failed step's log is worth reading: from ninja's first failure, or its end.
show_log() {
  local log=$1 lines
  lines=$(wc -l <"$log")
  if grep -q '^FAILED: ' "$log"; then
    sed -n '/^FAILED: /,$p' "$log" | head -n 300
  else
    grep -vE '^ *[0-9]+/[0-9]+ Test .* Passed |^ +Start ' "$log" | tail -n 400
  fi
  printf '(%s lines in %s)\n' "$lines" "$log"
}

# step NAME COMMAND...: runs it with the output in a log; one line says how it went and how long it
# took; a failure prints the output. Returns the command's exit code.
step() {
  local name=$1 code=0 start=$SECONDS log
  shift
  log=$log_dir/${name//[^A-Za-z0-9+_-]/_}.log
  mkdir -p "$log_dir"
  show_progress "$name" "$log" &
  progress_pid=$!
  "$@" >"$log" 2>&1 || code=$?
  stop_progress
  if ((code == 0)); then
    printf '%s  %sok%s   %s  %d s\n' "$erase" "$green" "$plain" "$name" $((SECONDS - start))
  else
    printf '%s %sFAIL%s  %s  %d s\n' "$erase" "$red" "$plain" "$name" $((SECONDS - start))
    show_log "$log"
  fi
  return "$code"
}
