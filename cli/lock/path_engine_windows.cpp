// SPDX-License-Identifier: BSL-1.0
// A path: a lock of flock(2), which Windows does not have.
#if defined(_WIN32)

#include <fmt/format.h>

#include "engine.hpp"
#include "output.hpp"

namespace cli {
namespace {

class no_paths final : public engine {
 public:
  std::string_view name() const noexcept override { return "flock"; }
  bool has_header() const noexcept override { return false; }
  attempt acquire(const lock_request& request) const override { refuse(request.name); }
  lock_state look(const std::string& lock) const override { refuse(lock); }

 private:
  [[noreturn]] static void refuse(const std::string& path) {
    throw lock_error(
        lock_unreachable,
        fmt::format("{}: the lock of a path is flock(2), which Windows does not have; say a name",
                    shown(path)));
  }
};

}  // namespace

const engine& path_engine() {
  static const no_paths the_engine;
  return the_engine;
}

}  // namespace cli

#endif
