// SPDX-License-Identifier: BSL-1.0
// The exception of a poisoned mutex.
#include "holdfast/base/poison.hpp"

#include <cstdio>
#include <string_view>

#include "holdfast/base/fatal.hpp"

namespace holdfast {

namespace {

// "mutex<T>" out of the text of detail::name_of.
std::string_view data_type(std::string_view text) noexcept {
  const auto begin = text.find("T = ");
  if (begin == std::string_view::npos) return "?";
  text.remove_prefix(begin + 4);
  if (const auto end = text.find(';'); end != std::string_view::npos) return text.substr(0, end);
  if (!text.empty() && text.back() == ']') text.remove_suffix(1);
  return text;
}

}  // namespace

poisoned::poisoned(const void* mutex, const char* type) noexcept : mutex_(mutex), message_{} {
  const std::string_view data = data_type(type);
  std::snprintf(message_, sizeof message_,
                "holdfast: the mutex<%.*s> at %p is poisoned: its last owner left by an exception. "
                "lock(even_if_poisoned) gives the data as it is, lock_or_repair(f) mends it, "
                "clear_poison() accepts it",
                static_cast<int>(data.size() < 80 ? data.size() : 80), data.data(), mutex);
}

poisoned::~poisoned() = default;

namespace detail {

void throw_poisoned(const void* mutex, const char* type) {
#if HOLDFAST_HAS_EXCEPTIONS
  throw poisoned(mutex, type);
#else
  fatal(type, mutex, "a poisoned mutex was locked", "This build has no exceptions to report it by");
#endif
}

}  // namespace detail
}  // namespace holdfast
