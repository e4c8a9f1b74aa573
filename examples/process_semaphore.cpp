// SPDX-License-Identifier: BSL-1.0
// At most two workers of any process at a time, also when one of them is killed.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <holdfast/process/semaphore.hpp>

namespace {

int work(const std::string& place, bool is_killed) {
  using namespace std::chrono_literals;
  namespace process = holdfast::process;
  // [permit]
  const auto workers = process::open_semaphore("workers", 2, process::in_directory{place});
  if (const auto permit = workers->try_acquire_permit_for(10s)) {
    if (permit.was_abandoned())
      std::printf("look after what this one has left: %s\n",
                  process::describe(permit.last_owner()).c_str());
    // at most two are here, in all processes together
    if (is_killed) ::raise(SIGKILL);
    return permit.was_abandoned() ? 3 : 2;
  }
  // [/permit]
  return 1;
}

// Runs it in another process.
int result_of_a_process(const std::string& place, bool is_killed) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work(place, is_killed));
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

}  // namespace

int main() {
  std::string place = "/tmp/holdfast-example-XXXXXX";
  if (::mkdtemp(place.data()) == nullptr) return 1;
  const bool first = result_of_a_process(place, false) == 2;
  const bool killed =
      result_of_a_process(place, true) == 0 && result_of_a_process(place, true) == 0;
  const bool told = result_of_a_process(place, false) == 3;  // none was left, but for the dead
  std::filesystem::remove_all(place);
  return first && killed && told ? 0 : 1;
}
