// SPDX-License-Identifier: BSL-1.0
// A mailbox between processes: a condition beside the data that it is about.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <holdfast/process/condition.hpp>
#include <holdfast/process/process.hpp>

// [data]
struct mailbox {
  int letter = 0;  // 0: empty
  holdfast::process::condition changed;
};
// Not copied by its bytes, but made to lie in shared memory.
template <>
inline constexpr bool holdfast::process::enable_shareable<mailbox> = true;
// [/data]

namespace {

int receive(const std::string& place) {
  using namespace std::chrono_literals;
  namespace process = holdfast::process;
  // [wait]
  auto box = process::open<mailbox>("mailbox", process::in_directory{place});
  auto mine = box.lock();
  if (!mine->changed.wait_for(mine, 10s, [&] { return mine->letter != 0; })) return 0;
  return mine->letter;
  // [/wait]
}

}  // namespace

int main() {
  std::string place = "/tmp/holdfast-example-XXXXXX";
  if (::mkdtemp(place.data()) == nullptr) return 1;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(receive(place));
  {
    auto box = holdfast::process::open<mailbox>("mailbox", holdfast::process::in_directory{place});
    // [signal]
    const auto mine = box.lock();
    mine->letter = 42;
    mine->changed.notify_one();
    // [/signal]
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  std::filesystem::remove_all(place);
  return WIFEXITED(status) && WEXITSTATUS(status) == 42 ? 0 : 1;
}
