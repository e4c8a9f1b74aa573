// SPDX-License-Identifier: BSL-1.0
// Whether the test runs under an emulator of another CPU, and what such an emulator cannot do.
#pragma once

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace holdfast::test {

// The command that runs this program, word by word, as the build gives it by HOLDFAST_TEST_EMULATOR
// (qemu-user; Wine is none); empty if the system itself does.
inline std::vector<std::string> emulator() {
  const char* const text = std::getenv("HOLDFAST_TEST_EMULATOR");
  std::istringstream words(text != nullptr ? text : "");
  std::vector<std::string> found;
  for (std::string word; words >> word;) found.push_back(word);
  return found;
}

// Then a thread takes long to start, a fork of several threads can start none, and what the kernel does
// for a thread that has died is not done: the heads of robust mutexes are unknown to it.
inline bool is_emulated() { return std::getenv("HOLDFAST_TEST_EMULATOR") != nullptr; }

// How GoogleTest should try what ends the program: in a new process that begins anew, where the system
// can start this program by its name.
inline const char* death_test_style() { return is_emulated() ? "fast" : "threadsafe"; }

}  // namespace holdfast::test

// First in a test whose owners die with a robust mutex, or that asks which ones a thread has.
#define HOLDFAST_TEST_NEEDS_ROBUST_MUTEXES() \
  if (::holdfast::test::is_emulated()) GTEST_SKIP() << "the emulator knows of no robust mutexes"
