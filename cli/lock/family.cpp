// SPDX-License-Identifier: BSL-1.0
// Descendants by /proc.
#include "family.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <vector>

#include "proc.hpp"

namespace cli {

void signal_family(pid_t child, int signal) {
  std::vector<pid_t> family{child};
  const std::vector<process_status> all = all_processes();
  // A descendant may have a smaller pid than its parent, so until nothing is added.
  const pid_t group = ::getpgrp();
  for (std::size_t before = 0; before != family.size();) {
    before = family.size();
    for (const process_status& each : all) {
      const bool is_known = std::find(family.begin(), family.end(), each.pid) != family.end();
      const bool has_parent = std::find(family.begin(), family.end(), each.parent) != family.end();
      if (has_parent && !is_known) family.push_back(each.pid);
    }
  }
  for (const process_status& each : all)
    if (each.group == group && each.pid != child &&
        std::find(family.begin(), family.end(), each.pid) != family.end())
      ::kill(each.pid, signal);
  ::kill(child, signal);
}

}  // namespace cli
