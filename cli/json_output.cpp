// SPDX-License-Identifier: BSL-1.0
// Printing JSON.
#include "json_output.hpp"

#include "output.hpp"

namespace cli {

void write_json(const json& value) {
  write_out(value.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace cli
