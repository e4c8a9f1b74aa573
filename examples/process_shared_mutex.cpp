// SPDX-License-Identifier: BSL-1.0
// A table that many processes read and one now and then writes.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <holdfast/process/shared_mutex.hpp>

namespace {

using rates = std::array<double, 4>;

int read_twice(const std::string& place) {
  namespace process = holdfast::process;
  // [read]
  auto table = process::open_shared<rates>("rates", process::in_directory{place});
  const double first = table.with_shared([](const rates& r) { return r[0]; });
  const auto reader = table.lock_shared();  // beside other readers
  return *reader == rates{first, 2, 3, 4} ? 0 : 1;
  // [/read]
}

}  // namespace

int main() {
  std::string place = "/tmp/holdfast-example-XXXXXX";
  if (::mkdtemp(place.data()) == nullptr) return 1;
  {
    auto table =
        holdfast::process::open_shared<rates>("rates", holdfast::process::in_directory{place});
    // [write]
    const auto writer = table.lock();  // alone
    *writer = {1, 2, 3, 4};
    // [/write]
  }
  const pid_t child = ::fork();
  if (child == 0) ::_exit(read_twice(place));
  int status = 0;
  ::waitpid(child, &status, 0);
  const bool read_here = read_twice(place) == 0;
  std::filesystem::remove_all(place);
  return read_here && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
