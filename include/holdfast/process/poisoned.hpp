// SPDX-License-Identifier: BSL-1.0
// The report that the last owner of a mutex between processes did not finish, and who it was.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/base/poison.hpp"
#include "holdfast/process/identity.hpp"

namespace holdfast::process {

// Thrown where holdfast::poisoned is for a mutex within a process; whoever catches that catches this.
class HOLDFAST_EXPORT poisoned : public holdfast::poisoned {
 public:
  poisoned(const void* mutex, const char* name, const owner_record& culprit,
           bool is_committed) noexcept;
  poisoned(const poisoned&) noexcept = default;
  poisoned& operator=(const poisoned&) noexcept = default;
  ~poisoned() override;

  // Names the mutex, the owner that did not finish, and the ways out.
  const char* what() const noexcept override { return text_; }

  // Who did not finish, as far as it is known.
  const owner_record& culprit() const noexcept { return culprit_; }

  // Of that ownership.
  std::uint64_t token() const noexcept { return culprit_.token; }

 private:
  owner_record culprit_;
  char text_[768];
};

}  // namespace holdfast::process
