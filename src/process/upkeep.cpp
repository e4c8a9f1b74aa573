// SPDX-License-Identifier: BSL-1.0
// Removing and healing by name.
#include "holdfast/process/upkeep.hpp"

#include <memory>

#include "holdfast/process/access.hpp"

#include "process/segment.hpp"

namespace holdfast::process::detail {

bool remove(std::string_view name, const options& how) {
  return segment::remove(request_of(name, how));
}

std::optional<owner_record> heal(std::string_view name, const deadline& until, const options& how) {
  struct end {
    void operator()(access* opened) const noexcept { access::close(opened); }
  };
  const std::unique_ptr<access, end> opened(access::open_whatever(name, how));
  return opened->heal(wait_limits{until});
}

}  // namespace holdfast::process::detail
