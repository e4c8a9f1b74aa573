// SPDX-License-Identifier: BSL-1.0
// The helper threads of blocking calls.
#include "holdfast/fiber/blocking.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "holdfast/platform/native.hpp"
#include "holdfast/wait/waiter.hpp"

#include "platform/process_wide.hpp"

namespace holdfast::fiber::detail {
namespace {

using waiter = holdfast::detail::basic_waiter<platform::native>;

// On the stack of the fiber that waits for it.
struct job {
  holdfast::detail::function_ref<void()> call;
  waiter* of;
  job* next = nullptr;
};

// The child of a fork has none of these threads.
class helpers {
 public:
  void add(job& wanted) {
    const std::scoped_lock hold(mutex_);
    if (idle_ <= queued_ && threads_ < threads_at_most) {
      std::thread([this] { help(); }).detach();
      ++threads_;
      ++idle_;
    }
    *end_ = &wanted;
    end_ = &wanted.next;
    ++queued_;
    has_job_.notify_one();
  }

 private:
  static constexpr unsigned threads_at_most = 256;
  static constexpr std::chrono::seconds patience{5};

  void help() noexcept {
    std::unique_lock hold(mutex_);
    while (has_job_.wait_for(hold, patience, [this] { return first_ != nullptr; })) {
      job& mine = *first_;
      first_ = mine.next;
      if (first_ == nullptr) end_ = &first_;
      --queued_;
      --idle_;
      hold.unlock();
      mine.call();
      mine.of->notify();
      // After this line the job is gone.
      hold.lock();
      ++idle_;
    }
    --idle_;
    --threads_;
  }

  std::mutex mutex_;
  std::condition_variable has_job_;
  job* first_ = nullptr;  // oldest of the queue
  job** end_ = &first_;
  unsigned queued_ = 0;
  unsigned idle_ = 0;     // helpers that wait for a job
  unsigned threads_ = 0;  // helpers
};

}  // namespace

void call_on_helper(holdfast::detail::function_ref<void()> f) {
  waiter self;
  job mine{f, &self};
  platform::process_wide<helpers>().add(mine);
  if (self.sleep(deadline::never()) != waiter::outcome::notified) __builtin_unreachable();
}

}  // namespace holdfast::fiber::detail
