// SPDX-License-Identifier: BSL-1.0
// What can be done to what processes share by somebody who does not know its type.
#pragma once

#include <optional>
#include <string_view>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/process/error.hpp"
#include "holdfast/process/identity.hpp"
#include "holdfast/process/options.hpp"

namespace holdfast::process {

namespace detail {

HOLDFAST_EXPORT bool remove(std::string_view name, const options& how);
HOLDFAST_EXPORT std::optional<owner_record> heal(std::string_view name, const deadline& until,
                                                 const options& how);

}  // namespace detail

// Removes the mutex, shared_mutex, semaphore or condition of this name, with its data; who opens it
// next makes a new one. False if there is none. Throws error: `busy` as long as a process uses it, also
// this one: a mutex is used until its object is gone, what open_semaphore and open_condition give until
// the process ends. So nobody ever goes on with one that others no longer find. Poison is removed with
// it, and so is what is damaged or of before a restart, but no file that is none of holdfast's. Of the
// options, in_directory and permissions mean what they mean to open().
template <option... Options>
bool remove(std::string_view name, const Options&... how) {
  options all;
  (all.set(how), ...);
  return detail::remove(name, all);
}

// Says that what the last owner left has been seen to, and gives who that was; nothing if it was not
// poisoned. The data stay as they are: only who has looked at them, or knows that they do not matter,
// can say so. (Those that are kept twice are the last that were finished, anyway.) Done under the lock,
// which is waited for until the deadline: then throws error, `busy`.
template <option... Options>
std::optional<owner_record> heal(std::string_view name, const deadline& until,
                                 const Options&... how) {
  options all;
  (all.set(how), ...);
  return detail::heal(name, until, all);
}

}  // namespace holdfast::process
