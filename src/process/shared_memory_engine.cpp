// SPDX-License-Identifier: BSL-1.0
// The engine that needs the kernel only to wait: a robust lock beside the data.
#include <new>

#include "process/engine.hpp"
#include "process/robust_calls.hpp"

namespace holdfast::process::detail {
namespace {

class shared_memory_engine final : public lock_engine {
 public:
  explicit shared_memory_engine(segment& of) noexcept : lock_engine(of, of.head(), of.payload(0)) {
    robust_ = std::launder(reinterpret_cast<robust_lock*>(of.head()->lock));
  }

  lock_end try_lock() override { return robust_->try_lock(); }
  lock_end lock(const wait_limits& limits) override { return robust_->lock(limits); }
  void unlock() noexcept override { robust_->unlock(); }
};

static_assert(sizeof(robust_lock) <= sizeof(header::lock));

}  // namespace

lock_engine* make_shared_memory_engine(segment& of) { return new shared_memory_engine(of); }

}  // namespace holdfast::process::detail
