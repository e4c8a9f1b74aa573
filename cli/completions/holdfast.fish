# SPDX-License-Identifier: BSL-1.0
# Completion of the command holdfast for fish.

function __holdfast_names
    holdfast ls --json 2>/dev/null | string replace -rf '^    "name": "(.*)",$' '$1' | string replace -ra '\\\\(["\\\\])' '$1'
end

set -l commands lock who ls heal rm run demo

complete -c holdfast -n "not __fish_seen_subcommand_from $commands" -f
complete -c holdfast -n "not __fish_seen_subcommand_from $commands" -l help -d 'Show help'
complete -c holdfast -n "not __fish_seen_subcommand_from $commands" -l version -d 'Show the version'
complete -c holdfast -n "not __fish_seen_subcommand_from $commands" -a lock -d 'Run a command under a lock'
complete -c holdfast -n "not __fish_seen_subcommand_from $commands" -a who -d 'Show who holds a lock'
complete -c holdfast -n "not __fish_seen_subcommand_from $commands" -a ls -d 'List the locks'
complete -c holdfast -n "not __fish_seen_subcommand_from $commands" -a heal -d 'Mend a poisoned lock'
complete -c holdfast -n "not __fish_seen_subcommand_from $commands" -a rm -d 'Remove a lock that nobody holds'
complete -c holdfast -n "not __fish_seen_subcommand_from $commands" -a run -d 'Run a program with the locks of holdfast'
complete -c holdfast -n "not __fish_seen_subcommand_from $commands" -a demo -d 'Show what locks cost'

complete -c holdfast -n "__fish_seen_subcommand_from lock who heal rm" -a '(__holdfast_names)' -d lock
complete -c holdfast -n "__fish_seen_subcommand_from heal rm ls" -f
complete -c holdfast -n "__fish_seen_subcommand_from lock who heal rm ls" -l json -d 'Print JSON'
complete -c holdfast -n "__fish_seen_subcommand_from heal rm" -l data -d 'Data of a program'
complete -c holdfast -n "__fish_seen_subcommand_from lock heal rm" -s w -l wait -x -d 'Wait so long at most'
complete -c holdfast -n "__fish_seen_subcommand_from lock" -s s -l shared -d 'Let others in that come with -s too'
complete -c holdfast -n "__fish_seen_subcommand_from lock" -s n -l no-wait -d 'Do not wait'
complete -c holdfast -n "__fish_seen_subcommand_from lock" -s N -l slots -x -d 'Let so many in at once'
complete -c holdfast -n "__fish_seen_subcommand_from lock" -l label -x -d 'What who shows'
complete -c holdfast -n "__fish_seen_subcommand_from lock" -l on-poison -x -a 'fail run clean' -d 'If the last owner did not finish'
complete -c holdfast -n "__fish_seen_subcommand_from lock" -l poison-on-failure -d 'Poison the lock if the command fails'
complete -c holdfast -n "__fish_seen_subcommand_from lock" -l close -d 'Do not let the command inherit the lock'
complete -c holdfast -n "__fish_seen_subcommand_from lock" -l grace -x -d 'Kill the command so long after a SIGTERM'
complete -c holdfast -n "__fish_seen_subcommand_from lock" -s E -l busy-code -x -d 'Exit with this instead of 75'
complete -c holdfast -n "__fish_seen_subcommand_from lock" -s q -l quiet -d 'Do not say why it was not run'

complete -c holdfast -n "__fish_seen_subcommand_from run" -l follow -d 'The programs that it starts get them too'
complete -c holdfast -n "__fish_seen_subcommand_from run" -l stats -d 'Tell at the end what was replaced'
complete -c holdfast -n "__fish_seen_subcommand_from run" -l json -d 'Tell it in JSON'
complete -c holdfast -n "__fish_seen_subcommand_from run" -xa '(__fish_complete_command)'
