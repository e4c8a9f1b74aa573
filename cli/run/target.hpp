// SPDX-License-Identifier: BSL-1.0
// The program that is to be run, and whether a library can be loaded into it.
#pragma once

#include <stdexcept>
#include <string>

#include "exit_code.hpp"

namespace cli {

// Why it is not run.
class target_refused : public std::runtime_error {
 public:
  target_refused(exit_code code, const std::string& why) : std::runtime_error(why), code_(code) {}
  exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

// Looks at the program that `word` names, as execvp(3) finds it; of a script, at its interpreter. Throws
// target_refused if it is none, or one that the loader does not put before the library: statically
// linked, for another C library or another machine, with rights of its own, of Go, or with a
// sanitizer, whose own calls stand in the way. Returns how many env(1) of scripts go before it.
unsigned refuse_unsuitable(const std::string& word);

}  // namespace cli
