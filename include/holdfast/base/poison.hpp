// SPDX-License-Identifier: BSL-1.0
// The words for "the last owner did not finish": the exception, and the tag of those who want the
// data all the same.
#pragma once

#include <exception>

#include "holdfast/base/config.hpp"

namespace holdfast {

namespace detail {

// What can be poisoned, for the message.
enum class poisonable : unsigned char { mutex, once, lazy };

}  // namespace detail

// Thrown by lock and its relatives when the last owner left by an exception and nobody has repaired
// the data. The lock is not held then, unless the member that throws it says so. Thrown by once and
// lazy when the function that they called left by an exception.
class HOLDFAST_EXPORT poisoned : public std::exception {
 public:
  // `type` is the text of detail::name_of; a once has none.
  poisoned(const void* mutex, const char* type,
           detail::poisonable kind = detail::poisonable::mutex) noexcept;
  poisoned(const poisoned&) noexcept = default;
  poisoned& operator=(const poisoned&) noexcept = default;
  ~poisoned() override;

  // Names the mutex and the ways out.
  const char* what() const noexcept override { return message_; }

  // The mutex, once or lazy that was found poisoned.
  const void* mutex() const noexcept { return mutex_; }

 private:
  const void* mutex_;
  char message_[288];
};

struct even_if_poisoned_t {
  explicit even_if_poisoned_t() = default;
};

// Asks for the data even if it may be broken: such a call never throws `poisoned`.
inline constexpr even_if_poisoned_t even_if_poisoned{};

namespace detail {

// A text that contains "T = " and the name of T, as the compiler writes it.
template <class T>
const char* name_of() noexcept {
  return __PRETTY_FUNCTION__;
}

// The name of T out of that text, which is not ended by a zero there.
HOLDFAST_EXPORT const char* type_in(const char* text_of_name_of, int& length) noexcept;

[[noreturn]] HOLDFAST_EXPORT void throw_poisoned(const void* mutex, const char* type,
                                                 poisonable kind = poisonable::mutex);

}  // namespace detail

}  // namespace holdfast
