// SPDX-License-Identifier: BSL-1.0
// Runs the cases, each in a process of its own: `conformance [NAME]...`. Exit code 1 if one fails.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>

#include "suite.hpp"

namespace {

unsigned seconds_a_case() {
  const char* const chosen = std::getenv("HOLDFAST_TEST_CASE_SECONDS");
  return chosen == nullptr ? 120U * static_cast<unsigned>(suite::rounds(1))
                           : static_cast<unsigned>(std::atoi(chosen));
}

bool is_wanted(const char* name, int argc, char** argv) {
  if (argc < 2) return true;
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], name) == 0) return true;
  return false;
}

bool passes(const suite::test& each) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    alarm(seconds_a_case());
    each.body();
    std::_Exit(0);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  int failed = 0;
  for (const suite::test& each : suite::tests()) {
    if (!is_wanted(each.name, argc, argv)) continue;
    const bool passed = passes(each);
    failed += passed ? 0 : 1;
    std::printf("%s %s\n", passed ? "ok    " : "FAILED", each.name);
  }
  return failed == 0 ? 0 : 1;
}
