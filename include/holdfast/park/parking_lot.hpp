// SPDX-License-Identifier: BSL-1.0
// The parking lot: one table for the whole process, from an address to the queue of those who wait
// for it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/base/function_ref.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/waiter.hpp"

namespace holdfast::detail {

// How a wait in the lot ended.
enum class park_end : std::uint8_t {
  unparked,         // somebody took this waiter out of the queue; `token` says what for
  not_parked,       // validation said no
  deadline_passed,  // the waiter left the queue by itself, without a trace
  interrupted,      // the same, because it was asked to give up
};

struct park_result {
  park_end end;
  std::uintptr_t token;
  bool moved = false;  // had been requeued before that
};

// What a waiter says for itself when it parks.
struct park_as {
  std::uintptr_t about = 0;  // for those who look through the queue; 0 again after a requeue
  bool hopes = false;        // watches awake for a while if it is the first of its key; read after
                             // `validate`
  // Of the deadline; the waiter stays in its place of the queue.
  renewal renews = renewal::none();
};

// What the one who unparks learns under the bucket lock, and answers with the token for the waiter.
struct unpark_info {
  bool found;           // a waiter was taken out of the queue
  bool more;            // others remain in it
  bool hand_off;        // newcomers have barged for long enough: it is time to hand over
  bool asleep = false;  // the waiter has given up to watch
  bool asks = false;    // it is awake and asks
};

// What becomes of a waiter.
enum class pick : std::uint8_t {
  wake,
  move,   // to the end of the other queue
  leave,  // where it is
  stop,   // and all behind it
};

// What the one who picked learns in the end, and answers with the token for all whom it woke.
struct picked {
  std::size_t woken;
  std::size_t moved;
  bool more;      // others remain in the queue
  bool hand_off;  // as in unpark_info
};

// Locks keep a bit that says "somebody may be queued"; every decision about that bit is made in the
// callbacks, which run under the lock of the key's bucket. Callbacks must not park, unpark, block
// or throw.
//
// A bucket is found by the key's hash. Its queue is doubly linked and holds the waiters of all keys
// that share the bucket, oldest first. Waiters live on their threads' stacks or in their coroutines.
// No operation allocates from malloc; the table grows by whole pages from the system, and a table
// that was outgrown stays mapped, as somebody may still be about to look into it. (Source: WebKit's
// WTF::ParkingLot and Rust's parking_lot_core.)
template <class Platform>
class HOLDFAST_EXPORT basic_parking_lot {
 public:
  struct waiter;

  // The lot of the process.
  static basic_parking_lot& instance() noexcept;

  // Queues the calling thread under `key` if `validate` agrees, and sleeps until it is unparked,
  // `until` passes, or `self` is interrupted. `before_sleep` runs once, after queueing and outside
  // the bucket lock.
  park_result park(const void* key, basic_waiter<Platform>& self, const deadline& until,
                   function_ref<bool()> validate, function_ref<void()> before_sleep,
                   const park_as& as = {}) noexcept;
  park_result park(const void* key, basic_waiter<Platform>& self, const deadline& until,
                   function_ref<bool()> validate) noexcept;

  // The two halves of park(), for who is resumed instead of sleeping. Queues `mine` if `validate`
  // agrees; it stays where it is until end_of() has said how the wait ended, and is in no queue any
  // more then. end_of() waits for nothing but a notification that is on its way.
  bool queue(waiter& mine, function_ref<bool()> validate) noexcept;
  // The same for who would watch awake, as `wishes_to_hope` says after `validate`; `hopes` if that
  // makes sense.
  bool queue(waiter& mine, function_ref<bool()> validate, const bool& wishes_to_hope,
             bool& hopes) noexcept;
  park_result end_of(waiter& mine, typename basic_waiter<Platform>::outcome woken_by) noexcept;

  // Queues the calling thread before all others and watches for its turn awake, for some
  // microseconds: until it is unparked, `enough` says so, `until` passes or `self` is interrupted.
  // Whoever unparks it learns that it asks. `announce` runs under the bucket lock as it queues.
  park_result ask(const void* key, basic_waiter<Platform>& self, const deadline& until,
                  function_ref<void()> announce, function_ref<bool()> enough) noexcept;

  // Takes the oldest waiter of `key` out of its queue. `decide` runs in any case, under the bucket
  // lock, and its answer is the waiter's token. True if there was a waiter. Touches nothing of the
  // key's memory.
  bool unpark_one(const void* key, function_ref<std::uintptr_t(unpark_info)> decide) noexcept;

  // The same for the oldest that is `willing`, which is asked about each that said something when it
  // parked, outside the bucket lock: it may take its time, and the waiter stays meanwhile. One call
  // at a time for each key.
  bool unpark_willing(const void* key, function_ref<bool(std::uintptr_t)> willing,
                      function_ref<std::uintptr_t(unpark_info)> decide) noexcept;

  // Wakes all waiters of `key` with `token`; returns how many.
  std::size_t unpark_all(const void* key, std::uintptr_t token) noexcept;

  // Goes through the waiters of `key`, oldest first. `choose` says of each, by what it said when it
  // parked, what becomes of it; `decide` runs in any case, after that. Both run under the bucket
  // lock.
  picked unpark_picked(const void* key, function_ref<pick(std::uintptr_t)> choose,
                       function_ref<std::uintptr_t(const picked&)> decide) noexcept;

  // The same, and may move waiters, in order, to the end of the queue of `to`. Under the locks of
  // both buckets.
  picked unpark_requeue(const void* from, const void* to, function_ref<pick(std::uintptr_t)> choose,
                        function_ref<std::uintptr_t(const picked&)> decide) noexcept;

  // Shows what the oldest waiter of `key` said when it parked, under the bucket lock; false if there
  // is none.
  bool look_at_oldest(const void* key, function_ref<void(std::uintptr_t)> look) noexcept;
  bool look_at_newest(const void* key, function_ref<void(std::uintptr_t)> look) noexcept;

  // In the child of a fork: the waiters in the queues were other threads, which do not exist there,
  // and whoever held a bucket lock is gone. A lock's `parked` mark may stay set with an empty
  // queue, so nothing else has to be mended.
  void forget_all_waiters() noexcept;

  // For debuggers and tests; walks under the bucket lock.
  std::size_t waiters_of(const void* key) noexcept;
  std::size_t bucket_count() noexcept;

 private:
  struct bucket;
  struct table;
  using order = platform::order;

  table* current() noexcept;
  static bucket& bucket_in(table& in, const void* key) noexcept;
  bucket& lock_bucket(const void* key) noexcept;
  void lock_both(const void* a, const void* b, bucket*& of_a, bucket*& of_b) noexcept;
  bool cancel(waiter& leaving) noexcept;
  bool unpark_locked(bucket& home, waiter* chosen, const void* key,
                     function_ref<std::uintptr_t(unpark_info)> decide) noexcept;
  HOLDFAST_COLD void grow(table* outgrown) noexcept;

  typename Platform::template atomic<table*> table_;
};

// Somebody in the queue. All but `key` and the sleeping part is under the lock of the bucket of
// `key`.
template <class Platform>
struct basic_parking_lot<Platform>::waiter {
  waiter(const void* k, basic_waiter<Platform>& s, std::uintptr_t a) noexcept
      : sleeper(&s), key(k), about(a) {}

  basic_waiter<Platform>* sleeper;
  // Changes only under the locks of the old and the new bucket; its own thread reads it to find the
  // bucket.
  typename Platform::template atomic<const void*> key;
  waiter* next = nullptr;
  waiter* previous = nullptr;
  std::uintptr_t token = 0;  // written before the notification, read after it
  std::uintptr_t about;      // what it said when it parked
  bool queued = false;
  bool moved = false;
  bool pinned = false;  // somebody asks whether it is willing: it must not leave
  bool asks = false;    // fixed before it queues
};

}  // namespace holdfast::detail
