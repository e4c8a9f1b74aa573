// SPDX-License-Identifier: BSL-1.0
// What a contender's name says about it: a report has nothing else.
#pragma once

#include <string_view>

namespace bench {

// A part of this library.
bool is_ours(std::string_view contender);

// Bare instructions and empty loops, in parentheses: nobody could use them instead of a lock.
bool is_floor(std::string_view contender);

// One that a user could pick instead of ours.
inline bool is_rival(std::string_view contender) {
  return !is_ours(contender) && !is_floor(contender);
}

// A lock whose waiters never sleep.
bool is_spinning(std::string_view contender);

}  // namespace bench
