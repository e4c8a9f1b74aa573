// SPDX-License-Identifier: BSL-1.0
// Processes that share a mutex by its name, and one of them that dies as its owner.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <holdfast/process/process.hpp>
#include <holdfast/process/upkeep.hpp>

namespace {

// [data]
// The same in every program: no pointers, nothing that owns memory.
struct seats {
  int free = 8;
  int sold = 0;
};
// [/data]

bool sell(const std::string& place) {
  using namespace std::chrono_literals;
  namespace process = holdfast::process;
  // [open]
  auto show =
      process::open<seats>("seats", process::label{"box office"}, process::in_directory{place});
  if (auto s = show.try_lock_for(2s)) {
    if (s->free == 0) return false;
    --s->free;
    ++s->sold;
    std::printf("sold by the owner with token %llu\n", static_cast<unsigned long long>(s.token()));
  }
  // [/open]
  return true;
}

void die_inside(const std::string& place) {
  auto show = holdfast::process::open<seats>("seats", holdfast::process::label{"box office"},
                                             holdfast::process::in_directory{place});
  auto s = show.lock();
  --s->free;
  ::raise(SIGKILL);  // one seat is neither free nor sold
}

// Runs `f` in another process.
template <class F>
void in_a_process(F f) {
  const pid_t child = ::fork();
  if (child == 0) {
    f();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

// Whether the next one was told, and could mend it.
bool mend(const std::string& place) {
  auto show = holdfast::process::open<seats>("seats", holdfast::process::in_directory{place});
  bool was_told = false;
  // [told]
  try {
    show.lock()->sold += 1;
  } catch (const holdfast::process::poisoned& told) {
    std::printf("%s\n", told.what());  // who, since when, with which token
    was_told = true;
  }
  const auto mended = show.lock_or_repair([](seats& s) { s.free = 8 - s.sold; });
  // [/told]
  return was_told && mended->free == 7 && mended->sold == 1;
}

}  // namespace

int main() {
  namespace process = holdfast::process;
  std::string place = "/tmp/holdfast-example-XXXXXX";
  if (::mkdtemp(place.data()) == nullptr) return 1;
  in_a_process([&] { sell(place); });
  in_a_process([&] { die_inside(place); });
  const bool is_right = mend(place);
  // [remove]
  const bool was_there = process::remove("seats", process::in_directory{place});
  // [/remove]
  std::filesystem::remove_all(place);
  return is_right && was_there ? 0 : 1;
}
