// SPDX-License-Identifier: BSL-1.0
// A table that is made when the first thread asks for it, and something that is done once.
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <holdfast/lazy.hpp>
#include <holdfast/once.hpp>

namespace {

std::atomic<int> made{0};

// [lazy]
constinit holdfast::lazy squares{[] {
  ++made;
  std::vector<int> table;
  for (int i = 0; i < 100; ++i) table.push_back(i * i);
  return table;
}};

int square_of(std::size_t i) { return (*squares)[i]; }  // made here, by whoever comes first
// [/lazy]

std::atomic<int> opened{0};

// [once]
constinit holdfast::once open_log;

void log_line() {
  open_log.call([] { ++opened; });  // all others wait for the first, and then pass
  // write the line
}
// [/once]

bool repair() {
  // [repair]
  holdfast::lazy<std::string> settings{
      []() -> std::string { throw std::runtime_error("no such file"); }};
  try {
    std::printf("%s\n", settings->c_str());
  } catch (const std::runtime_error& error) {  // the first who asks gets the reason
    std::printf("%s\n", error.what());
  }
  // settings.get() throws holdfast::poisoned from now on
  return settings.get_or_repair([] { return std::string("defaults"); }) == "defaults";
  // [/repair]
}

}  // namespace

int main() {
  std::vector<std::jthread> threads;
  std::atomic<int> right{0};
  for (std::size_t i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      log_line();
      if (square_of(i) == static_cast<int>(i * i)) ++right;
    });
  threads.clear();
  const bool repaired = repair();
  std::printf("made: %d, opened: %d, repaired: %s\n", made.load(), opened.load(),
              repaired ? "yes" : "no");
  return made == 1 && opened == 1 && right == 8 && repaired ? 0 : 1;
}
