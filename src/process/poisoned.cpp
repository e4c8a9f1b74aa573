// SPDX-License-Identifier: BSL-1.0
// The words for an owner that did not finish.
#include "holdfast/process/poisoned.hpp"

#include <cstdio>
#include <exception>
#include <string>

namespace holdfast::process {
namespace {

// Without memory for the words the report is shorter, and still one.
std::string culprit_in_words(const owner_record& culprit) noexcept {
  try {
    return describe(culprit);
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace

poisoned::poisoned(const void* mutex, const char* name, const owner_record& culprit,
                   bool is_committed) noexcept
    : holdfast::poisoned(mutex, nullptr), culprit_(culprit), text_{} {
  const std::string who = culprit_in_words(culprit);
  std::snprintf(text_, sizeof text_,
                "holdfast: the lock \"%s\" is poisoned: its owner died or left by an exception, "
                "and was %s. %s",
                name, who.c_str(),
                is_committed ? "recover() goes on with the last value that was finished, "
                               "lock(even_if_poisoned) gives it, clear_poison() accepts it"
                             : "lock(even_if_poisoned) gives the data as they are, "
                               "lock_or_repair(f) mends them, clear_poison() accepts them");
}

poisoned::~poisoned() = default;

}  // namespace holdfast::process
