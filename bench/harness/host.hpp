// SPDX-License-Identifier: BSL-1.0
// What the tool asks of the machine: its description, its CPU time, and running a command.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace bench {

// CPU model, whether it is a virtual one, its clock, kernel, compiler, library, date, whether unlock uses restartable sequences.
nlohmann::ordered_json describe_machine();

// Seconds of CPU time since some fixed moment.
struct cpu_time {
  // What `everyone` is counted in.
  static constexpr double tick = 0.01;

  double own;       // of this process and the commands it ran
  double everyone;  // of the whole machine, and what its host took away; 0 if unknown
};
cpu_time cpu_time_now();

// How often this process has been taken off a CPU although it could have run on.
long involuntary_switches();

struct command_result {
  int exit_code;  // -1 if it could not be run
  double cpu_seconds;
  double seconds;
};
// Its standard output goes to `output`, or is thrown away.
command_result run_command(const std::vector<std::string>& words, std::string* output = nullptr);

// The file of this program.
std::string own_program();

// Of this process, exactly, as the kernel counts it page by page; NaN if it does not.
double resident_bytes();

}  // namespace bench
