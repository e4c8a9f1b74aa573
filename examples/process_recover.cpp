// SPDX-License-Identifier: BSL-1.0
// Data that are kept twice: whatever happens to an owner, the last value that somebody finished is there.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <holdfast/process/process.hpp>

namespace {

struct table {
  std::array<long, 1000> rows{};
  long sum = 0;
};

void add_to_all(table& t, long amount) {
  for (long& row : t.rows) {
    row += amount;
    t.sum += amount;
  }
}

}  // namespace

int main() {
  namespace process = holdfast::process;
  std::string place = "/tmp/holdfast-example-XXXXXX";
  if (::mkdtemp(place.data()) == nullptr) return 1;
  // [twice]
  auto shared =
      process::open<table>("table", process::double_buffered, process::in_directory{place});
  shared.with([](table& t) { add_to_all(t, 1); });
  // [/twice]
  const pid_t child = ::fork();
  if (child == 0) {
    auto t = shared.lock();
    for (std::size_t i = 0; i < 500; ++i) t->rows[i] = -1;
    ::raise(SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  // [recover]
  auto t = shared.recover();  // waits as lock() does; goes on with what was finished last
  std::printf("the sum is %ld, the first row %ld\n", t->sum, t->rows[0]);
  // [/recover]
  const bool is_right = t->sum == 1000 && t->rows[0] == 1;
  std::filesystem::remove_all(place);
  return is_right ? 0 : 1;
}
