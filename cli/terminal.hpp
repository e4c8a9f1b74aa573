// SPDX-License-Identifier: BSL-1.0
// Whether somebody is looking, and in which colours they like it.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace cli {

bool is_terminal(std::FILE* stream) noexcept;

enum class colour { plain, bold, good, notable, bad };

// Colours text for one stream; where that is no terminal, or the environment has NO_COLOR, leaves
// it as it is.
class palette {
 public:
  explicit palette(std::FILE* stream) noexcept;
  std::string paint(colour as, std::string_view text) const;

 private:
  bool in_colour_;
};

}  // namespace cli
