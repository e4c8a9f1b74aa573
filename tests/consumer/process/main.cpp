// SPDX-License-Identifier: BSL-1.0
// A newcomer's program: two processes count together, and one dies inside.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include <holdfast/process/process.hpp>

int main() {
  constexpr long rounds = 10'000;
  std::string place = "/tmp/consumer-XXXXXX";
  if (::mkdtemp(place.data()) == nullptr) return 2;
  auto counter = holdfast::process::open<long>("counter", holdfast::process::in_directory{place});
  const auto count = [&] {
    for (long n = 0; n < rounds; ++n) counter.with([](long& value) { ++value; });
  };
  const pid_t child = ::fork();
  if (child == 0) {
    count();
    const auto owner = counter.lock();
    ::_exit(*owner > 0 ? 0 : 1);
  }
  count();
  int status = 0;
  ::waitpid(child, &status, 0);
  const bool told = counter.lock(holdfast::even_if_poisoned).was_poisoned();
  counter.clear_poison();
  const long counted = counter.copy();
  std::filesystem::remove_all(place);
  std::cout << "counted " << counted << ", " << (told ? "told" : "not told") << '\n';
  return status == 0 && told && counted == 2 * rounds ? 0 : 1;
}
