// SPDX-License-Identifier: BSL-1.0
// Words for the table of a failing execution.
#pragma once

#include <string>
#include <type_traits>

#include "holdfast/model/operations.hpp"

namespace holdfast::model::detail {

inline std::string text_of(const std::string& s) { return s; }
inline std::string text_of(const char* s) { return s; }
template <class Number>
  requires std::is_integral_v<Number>
std::string text_of(Number n) {
  return std::to_string(n);
}

template <class... Parts>
std::string text(const Parts&... parts) {
  std::string all;
  ((all += text_of(parts)), ...);
  return all;
}

inline std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

inline const char* ordered(order o) noexcept {
  switch (o) {
    case order::acquire:
      return " (acquire)";
    case order::release:
      return " (release)";
    case order::acq_rel:
      return " (acq_rel)";
    default:
      return "";
  }
}

inline const char* name_of(time_limit passed) noexcept {
  return passed == time_limit::deadline ? "deadline passes" : "time is up";
}

inline const char* name_of(fence_kind f) noexcept {
  switch (f) {
    case fence_kind::acquire:
      return "acquire";
    case fence_kind::release:
      return "release";
    case fence_kind::seq_cst:
      return "seq_cst";
    case fence_kind::light:
      return "light";
    case fence_kind::heavy:
      return "heavy";
    case fence_kind::restart:
      return "restarting";
  }
  return "?";
}

}  // namespace holdfast::model::detail
