// SPDX-License-Identifier: BSL-1.0
// Printing JSON.
#include "json_output.hpp"

#include <cstdio>

#include "output.hpp"

namespace cli {

void write_json(const json& value) {
  write_out(value.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

void tell_json(const json& value) {
  const std::string text =
      value.dump(-1, ' ', false, json::error_handler_t::replace).append(1, '\n');
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

}  // namespace cli
