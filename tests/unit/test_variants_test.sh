#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# tools/test_variants.sh says that a variant has failed which crashes after its last line, or was not linked.
set -euo pipefail
cd "${HOLDFAST_SOURCE_DIR:?}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tools" "$work/bin"
cp tools/test_variants.sh tools/lib.sh "$work/tools"

# A compiler whose programs all say that they passed, and end with CODE. It cannot link to what FAILS names.
cat >"$work/bin/g++" <<'END'
#!/usr/bin/env bash
out=$(sed -E 's/.* -o ([^ ]+).*/\1/' <<<"$*")
[[ -n ${FAILS:-} && $* == *"$FAILS"* ]] && exit 1
printf '#!/bin/sh\necho "3 passed, 0 failed"\nexit %s\n' "${CODE:-0}" >"$out"
chmod +x "$out"
END
chmod +x "$work/bin/g++"

expect() { # WHAT CODE LAST_LINE: of the variant `hidden`
  local code=0 line
  PATH=$work/bin:$PATH "$work/tools/test_variants.sh" hidden.g++ >"$work/out" 2>&1 || code=$?
  line=$(tail -n 1 "$work/out")
  [[ $code == "$2" && $line == "variant hidden.g++: $3" ]] && return
  echo "$1: exit code $code, '$line' instead of $2, '$3'"
  exit 1
}

expect "a variant that passes" 0 "3 passed, 0 failed"
CODE=139 expect "a variant that crashes at its end" 1 "0 passed, 1 failed"
FAILS=-shared expect "a library that cannot be linked" 1 "0 passed, 1 failed"
FAILS=-rpath expect "a program that cannot be linked" 1 "0 passed, 1 failed"
echo "variants are told as they are"
