// SPDX-License-Identifier: BSL-1.0
// Waiting for a permit as a coroutine.
#pragma once

#include <cstdint>
#include <type_traits>

#include "holdfast/coroutine/async_access.hpp"
#include "holdfast/coroutine/async_wait.hpp"
#include "holdfast/semaphore.hpp"

namespace holdfast::detail {

template <class Platform>
class HOLDFAST_EXPORT async_take : public async_wait<typename Platform::unchecked> {
 public:
  using queues = typename Platform::unchecked;

 protected:
  async_take(semaphore_core<Platform>& from, std::uint32_t max) noexcept : from_(from), max_(max) {}
  ~async_take() = default;

  bool is_taken() noexcept;
  bool advance() noexcept final;
  void pass_on() noexcept final;

  bool has_permit() const noexcept { return has_permit_; }

 private:
  semaphore_core<Platform>& from_;
  std::uint32_t max_;
  bool has_permit_ = false;
};

// A permit of `from`, which is released by whoever likes to, or by a `permit`.
template <class Semaphore>
struct permit_request {
  Semaphore& from;
};
template <class Semaphore>
struct scoped_permit_request {
  Semaphore& from;
};

template <class Platform, template <class> class Request, class Semaphore>
class async_acquire_permit : public async_take<Platform> {
 protected:
  explicit async_acquire_permit(const Request<Semaphore>& what) noexcept
      : async_take<Platform>(async_access::core_of(what.from),
                             static_cast<std::uint32_t>(Semaphore::max())),
        from_(what.from) {}
  ~async_acquire_permit() = default;

  bool at_once(bool stopped) noexcept { return stopped || this->is_taken(); }
  template <bool has_end>
  auto result() noexcept {
    using permit_type = typename Semaphore::permit_type;
    if constexpr (std::is_same_v<Request<Semaphore>, scoped_permit_request<Semaphore>>)
      return this->has_permit() ? permit_type(from_) : permit_type();
    else if constexpr (has_end)
      return this->has_permit();
  }

 private:
  Semaphore& from_;
};

}  // namespace holdfast::detail
