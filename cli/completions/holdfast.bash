# SPDX-License-Identifier: BSL-1.0
# Completion of the command holdfast for bash.

_holdfast_names() {
  holdfast ls --json 2>/dev/null | sed -n '/^    "name": "\(.*\)",$/{s//\1/;s/\\\(["\\]\)/\1/g;p;}'
}

# Not by compgen -W, which would run a name like $(command). `complete -o filenames` quotes what is chosen.
_holdfast_names_like() {
  local name begin=${1//\\/}
  begin=${begin#[\"\']}
  while IFS= read -r name; do
    [[ $name == "$begin"* ]] && printf '%s\n' "$name"
  done < <(_holdfast_names)
}

# Where the name stands among the words of `holdfast lock`, or nothing yet.
_holdfast_place_of_name() {
  local i
  for ((i = 2; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -w | --wait | -N | --slots | --label | --on-poison | --grace | -E | --busy-code) ((i++)) ;;
      =) ((i++)) ;;
      -*) ;;
      *)
        echo "$i"
        return
        ;;
    esac
  done
}

_holdfast() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} place
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "lock who ls heal rm run demo --help --version" -- "$current")
    return
  fi
  local options="--json --help"
  case ${COMP_WORDS[1]} in
    lock)
      place=$(_holdfast_place_of_name)
      if [[ -n $place ]]; then # the command's own completion
        ((place++))
        [[ ${COMP_WORDS[place]} == -- ]] && ((place++))
        if declare -F _command_offset >/dev/null && ((place < COMP_CWORD)); then
          _command_offset "$place"
        else
          mapfile -t COMPREPLY < <(compgen -c -f -- "$current")
        fi
        return
      fi
      case $previous in
        --on-poison)
          mapfile -t COMPREPLY < <(compgen -W "fail run clean" -- "$current")
          return
          ;;
        -w | --wait | --grace | -N | --slots | --label | -E | --busy-code) return ;;
      esac
      options="-s --shared -n --no-wait -w --wait -N --slots --label --on-poison --poison-on-failure
        --close --grace -E --busy-code -q --quiet --json --help"
      ;;
    run)
      place=2
      while [[ $place -lt $COMP_CWORD && ${COMP_WORDS[place]} == -* ]]; do
        ((place++))
      done
      if [[ $place -lt $COMP_CWORD ]] && declare -F _command_offset >/dev/null; then
        _command_offset "$place"
      elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--follow --stats --json --help" -- "$current")
      else
        mapfile -t COMPREPLY < <(compgen -c -f -- "$current")
      fi
      return
      ;;
    heal | rm) options="-w --wait --data --json --help" ;;
    demo) options="words -t --threads -n --increments --lock --json --list --help" ;;
  esac
  if [[ $current == -* || ${COMP_WORDS[1]} == demo || ${COMP_WORDS[1]} == ls ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif [[ $current == */* || $current == .* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  else # without a slash it would not be a path
    mapfile -t COMPREPLY < <(_holdfast_names_like "$current")
  fi
}

complete -o filenames -F _holdfast holdfast
