// SPDX-License-Identifier: BSL-1.0
// A program with data that processes share, for the tests of the commands that mend them.
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "holdfast/process/process.hpp"

namespace {

// Until standard input is closed.
void stay() {
  std::puts("here");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

}  // namespace

// data_program NAME make|use|own|die
int main(int count, char** words) {
  if (count != 3) return 64;
  const std::string_view what = words[2];
  auto data = holdfast::process::open<long>(words[1], holdfast::process::label{"the program"});
  if (what == "use") stay();
  if (what == "make" || what == "use") return 0;
  const auto owner = data.lock(holdfast::even_if_poisoned);
  *owner = 13;
  if (what == "own") stay();
  if (what == "die") ::_exit(0);
  return 0;
}
