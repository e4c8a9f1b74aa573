// SPDX-License-Identifier: BSL-1.0
// The list of the locks under which `holdfast demo words` counts.
#pragma once

#include <span>
#include <string_view>

#include "threads.hpp"
#include "word_count.hpp"

namespace cli {

using chunk_list = std::span<const std::string_view>;

struct word_result {
  word_counts counts;
  spent cost;
};

struct word_lock {
  std::string_view name;
  word_result (*count)(chunk_list chunks, unsigned threads);
};

std::span<const word_lock> word_locks() noexcept;

// What the others are compared with.
word_result count_alone(chunk_list chunks);

}  // namespace cli
