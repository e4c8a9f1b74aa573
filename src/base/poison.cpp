// SPDX-License-Identifier: BSL-1.0
// The exception of a poisoned mutex, once or lazy.
#include "holdfast/base/poison.hpp"

#include <cstdint>
#include <cstdio>
#include <string_view>

#include "holdfast/base/fatal.hpp"

namespace holdfast {

namespace {

// "T" out of the text of detail::name_of.
std::string_view data_type(const char* name) noexcept {
  std::string_view text = name != nullptr ? name : "";
  const auto begin = text.find("T = ");
  if (begin == std::string_view::npos) return "?";
  text.remove_prefix(begin + 4);
  if (const auto end = text.find(';'); end != std::string_view::npos) return text.substr(0, end);
  if (!text.empty() && text.back() == ']') text.remove_suffix(1);
  return text;
}

}  // namespace

poisoned::poisoned(const void* mutex, const char* type, detail::poisonable kind) noexcept
    : mutex_(mutex), message_{} {
  const std::string_view data = data_type(type);
  const char* const name = data.data();  // not ended by a zero: %.*s
  const int length = static_cast<int>(data.size() < 80 ? data.size() : 80);
  // Not %p, which every C library writes its own way.
  const auto address = static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(mutex));
  switch (kind) {
    case detail::poisonable::mutex:
      std::snprintf(message_, sizeof message_,
                    "holdfast: the mutex<%.*s> at 0x%llx is poisoned: its last owner left by an "
                    "exception. lock(even_if_poisoned) gives the data as it is, lock_or_repair(f) "
                    "mends it, clear_poison() accepts it",
                    length, name, address);
      break;
    case detail::poisonable::once:
      std::snprintf(
          message_, sizeof message_,
          "holdfast: the once at 0x%llx is poisoned: the function that it called left by an "
          "exception. call_force(f) calls another",
          address);
      break;
    case detail::poisonable::lazy:
      std::snprintf(
          message_, sizeof message_,
          "holdfast: the lazy<%.*s> at 0x%llx is poisoned: the function that makes its value "
          "left by an exception. get_or_repair(f) makes it with another",
          length, name, address);
      break;
  }
}

poisoned::~poisoned() = default;

namespace detail {

const char* type_in(const char* text_of_name_of, int& length) noexcept {
  const std::string_view found = data_type(text_of_name_of);
  length = static_cast<int>(found.size());
  return found.data();
}

void throw_poisoned(const void* mutex, const char* type, poisonable kind) {
#if HOLDFAST_HAS_EXCEPTIONS
  throw poisoned(mutex, type, kind);
#else
  static_cast<void>(kind);
  fatal(type != nullptr ? type : "once", mutex, "something poisoned was used",
        "This build has no exceptions to report it by");
#endif
}

}  // namespace detail
}  // namespace holdfast
