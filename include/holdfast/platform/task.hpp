// SPDX-License-Identifier: BSL-1.0
// Who waits, if it is not an OS thread: a fiber or a coroutine, which somebody else resumes.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/exception_state.hpp"
#include "holdfast/platform/reader_slots.hpp"
#include "holdfast/platform/thread_local_read.hpp"

namespace holdfast::platform {

// One wait of a task, as whoever suspends it sees it.
class suspension {
 public:
  // Called once, when the task is no longer on a CPU and may be resumed from anywhere. False if its
  // wait has ended already: then nobody resumes it, and it has to go on by itself.
  virtual bool begin() noexcept = 0;

  // The deadline has passed. May resume the task. Not after the task has been resumed.
  virtual void expire() noexcept = 0;

 protected:
  suspension() noexcept = default;
  suspension(const suspension&) = default;
  suspension& operator=(const suspension&) = default;
  ~suspension() = default;
};

// Its functions but `resume` and `id` are called by the task itself.
class HOLDFAST_EXPORT task {
 public:
  explicit task(std::uintptr_t id) noexcept : id_(id) {}
  task(const task&) = delete;
  task& operator=(const task&) = delete;

  // Lets others run until resume(). Calls wait.begin() from elsewhere once it has stopped, and
  // wait.expire() if `until` passes before the resumption.
  virtual void suspend(suspension& wait, const deadline& until) noexcept = 0;

  // From any thread, also from within a lock's release: makes the task ready and returns at once.
  // Called exactly once for each suspension that has begun, and after it nothing of the task is
  // touched.
  virtual void resume() noexcept = 0;

  // Lets others run for a moment, if there are any.
  virtual void yield() noexcept = 0;

  // For a library of fibers that does not tell when it switches: the task that runs now, or null.
  virtual task* current() noexcept { return this; }

  // No other task's and no other thread's, and odd.
  std::uintptr_t id() const noexcept { return id_; }

  // Locks that belong to this task's OS thread and that it holds, and one of them, as checked builds
  // see it: it must not be switched then.
  struct thread_owned {
    unsigned count = 0;
    const void* lock = nullptr;
    const char* kind = nullptr;
  };
  thread_owned of_thread;

  // For whoever switches it: ends the program, saying `what` is wrong, if it holds such a lock.
  void refuse_switch_of_thread_owner(const char* what) const noexcept {
    if (of_thread.count != 0) [[unlikely]]
      refuse_switch_slow(what);
  }

 protected:
  ~task() = default;

 private:
  HOLDFAST_COLD void refuse_switch_slow(const char* what) const noexcept;

  std::uintptr_t id_;
};

// An id for a task that is being made.
HOLDFAST_EXPORT std::uintptr_t next_task_id() noexcept;

// Sealed as initial-exec: one load relative to the thread pointer, in a shared library too.
HOLDFAST_EXPORT extern thread_local constinit task* this_threads_task
    [[gnu::tls_model("initial-exec")]];

// The task that is calling, or null if it is an OS thread.
HOLDFAST_READS_THREAD_LOCAL task* this_task() noexcept {
  task* const mine = this_threads_task;
  return mine == nullptr ? nullptr : mine->current();
}

// The id of the calling task or else of the calling thread. Never 0.
HOLDFAST_EXPORT std::uintptr_t this_owner() noexcept;

// What belongs to a thread and has to belong to a task: who switches tasks swaps it. Reached by
// addresses that are asked for once on each thread, as a function that runs on one thread before a
// switch and on another after it must not use thread-local variables by itself.
struct task_state {
  exception_globals exceptions{};
  reader_slots* readers = &no_reader_slots;
};

class thread_state {
 public:
  // Of the calling thread.
  HOLDFAST_EXPORT static thread_state of_this_thread() noexcept;

  // From one task (or none, with what the thread itself had) to the other.
  void swap(task_state& from, task_state& to, task* next) noexcept {
    if (exceptions_->any() || to.exceptions.any()) [[unlikely]]
      swap_exceptions(from, to);
    from.readers = *readers_;
    *readers_ = to.readers;
    *task_ = next;
  }

 private:
  // What a task that runs has kept here is none.
  void swap_exceptions(task_state& from, task_state& to) noexcept {
    from.exceptions = *exceptions_;
    *exceptions_ = to.exceptions;
    to.exceptions = {};
  }

  exception_globals* exceptions_ = nullptr;
  reader_slots** readers_ = nullptr;
  task** task_ = nullptr;
};

// Gives the row of reader slots of the calling task back, if it has one: the task ends.
HOLDFAST_EXPORT void give_back_reader_slots_of_task() noexcept;

}  // namespace holdfast::platform
