// SPDX-License-Identifier: BSL-1.0
// A newcomer's program on Windows: two programs count together, and one ends inside.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include <holdfast/process/process.hpp>

// With a word it is the second of the two, and the word the directory.
int main(int words, char** word) {
  constexpr long rounds = 10'000;
  const std::string place =
      words > 1 ? word[1] : std::filesystem::absolute("consumer-segments").string();
  std::filesystem::create_directory(place);
  auto counter = holdfast::process::open<long>("counter", holdfast::process::in_directory{place});
  for (long n = 0; n < rounds; ++n) counter.with([](long& value) { ++value; });
  if (words > 1) {
    const auto owner = counter.lock();
    std::_Exit(*owner > 0 ? 0 : 1);
  }
  const int status = std::system((std::string(word[0]) + ' ' + place).c_str());
  const bool told = counter.lock(holdfast::even_if_poisoned).was_poisoned();
  counter.clear_poison();
  const long counted = counter.copy();
  std::cout << "counted " << counted << ", " << (told ? "told" : "not told") << '\n';
  return status == 0 && told && counted == 2 * rounds ? 0 : 1;
}
