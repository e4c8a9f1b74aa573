// SPDX-License-Identifier: BSL-1.0
// The surroundings of a command by POSIX.
#include "surroundings.hpp"

#include <fcntl.h>

#include <csignal>
#include <cstdlib>

namespace cli {

// NOLINTBEGIN(concurrency-mt-unsafe): there is one thread
std::optional<std::string> read_environment(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

void set_environment(const char* name, const std::string& value) {
  ::setenv(name, value.c_str(), 1);
}

void clear_environment(const char* name) { ::unsetenv(name); }
// NOLINTEND(concurrency-mt-unsafe)

void let_inherit(int descriptor) noexcept { ::fcntl(descriptor, F_SETFD, 0); }

void end_by_interrupt() noexcept {
  struct sigaction usual{};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGINT, &usual, nullptr);
  ::raise(SIGINT);
}

}  // namespace cli
