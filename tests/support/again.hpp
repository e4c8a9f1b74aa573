// SPDX-License-Identifier: BSL-1.0
// Runs the current test once more in a process of its own, under other circumstances.
#pragma once

#if defined(__linux__)

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/base/function_ref.hpp"

#include "support/emulated.hpp"

namespace holdfast::test {

inline constexpr int exit_code_skipped = 77;

// True in the process that run_again() has started.
inline bool is_second_run() { return std::getenv("HOLDFAST_TEST_SECOND_RUN") != nullptr; }

// Starts this program again with only the current test in it. `prepare` runs in the new process
// before the program is loaded; if it returns false, the answer is exit_code_skipped. Returns the
// exit code, or 128 and the number of the signal.
inline int run_again(std::vector<std::string> launcher, detail::function_ref<bool()> prepare) {
  const auto* const current = ::testing::UnitTest::GetInstance()->current_test_info();
  std::vector<std::string> words = std::move(launcher);
  for (std::string& word : emulator()) words.push_back(std::move(word));
  words.emplace_back("/proc/self/exe");
  char path[4096];
  const auto length = ::readlink("/proc/self/exe", path, sizeof path);
  if (length > 0) words.back().assign(path, static_cast<std::size_t>(length));
  words.push_back(std::string("--gtest_filter=") + current->test_suite_name() + "." +
                  current->name());
  words.emplace_back("--gtest_output=");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("HOLDFAST_TEST_SECOND_RUN", "1", 1);
    ::unsetenv("GTEST_OUTPUT");
    if (!prepare()) ::_exit(exit_code_skipped);
    ::execvp(arguments[0], arguments.data());
    ::_exit(126);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace holdfast::test

#endif
