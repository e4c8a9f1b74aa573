// SPDX-License-Identifier: BSL-1.0
// The reader-writer lock of the pthread calls: no reader beside a writer, nobody left waiting, for each
// preference.
#include "../../preload/posix_rw_lock.hpp"
#include "model/programs.hpp"
#include "park/parking_lot_algorithm.hpp"

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::steps;
using model::var;
using preload::read_end;
using preload::rw_preference;

// Under it two numbers that are the same unless somebody is writing.
template <rw_preference Preference>
struct guarded {
  preload::posix_rw_lock<steps> lock;
  var<int> first;
  var<int> second;
  detail::basic_waiter<steps> meeting;

  void look() { expect(first.get() == second.get(), "a reader beside a writer"); }
  void unlock() { expect(lock.unlock(Preference), "nobody has the lock"); }

  void read(const deadline& until = deadline::never()) {
    if (lock.read(Preference, until) != read_end::locked) return;
    look();
    unlock();
  }
  void write(const deadline& until = deadline::never()) {
    if (!lock.write(Preference, until)) return;
    first.set(first.get() + 1);
    second.set(first.get());
    unlock();
  }

  // What a thread does.
  void reads() { read(); }
  void writes() { write(); }
  void reads_soon() { read(model::any_time()); }
  void writes_soon() { write(model::any_time()); }
  void reads_inside() {
    if (lock.read(Preference, deadline::never()) != read_end::locked) return;
    read();
    look();
    unlock();
  }
  // Two that have it at the same time, or neither unlocks.
  void reads_until_met() {
    if (lock.read(Preference, deadline::never()) != read_end::locked) return;
    meeting.sleep(deadline::never());
    unlock();
  }
  void reads_and_meets() {
    if (lock.read(Preference, deadline::never()) != read_end::locked) return;
    meeting.notify();
    unlock();
  }
  void tries_to_read() {
    if (lock.try_read(Preference) != read_end::locked) return;
    look();
    unlock();
  }
};

template <rw_preference Preference>
auto crowd(std::initializer_list<void (guarded<Preference>::*)()> given) {
  return [roles = std::vector(given)](scenario& s) {
    auto& x = s.make<guarded<Preference>>("shared");
    for (const auto role : roles) s.thread("thread", [&x, role] { (x.*role)(); });
    s.after([&x] {
      expect(x.lock.try_write(), "the lock is still held");
      expect(detail::basic_parking_lot<steps>::instance().waiters_of(&x.lock) == 0,
             "a waiter is left in the queue");
    });
  };
}

using by_readers = guarded<rw_preference::readers>;
using by_next = guarded<rw_preference::next_writer>;
using by_writers = guarded<rw_preference::writers>;
constexpr auto readers_first = &crowd<rw_preference::readers>;
constexpr auto writer_next = &crowd<rw_preference::next_writer>;
constexpr auto writers_first = &crowd<rw_preference::writers>;

const bool posix_rw_lock = add({
    "posix_rw_lock",
    {"posix_rw_lock.hpp"},
    {{"reader, writer", complete(), readers_first({&by_readers::reads, &by_readers::writes})},
     {"2 writers", complete(), readers_first({&by_readers::writes, &by_readers::writes})},
     {"2 writers, the next preferred", complete(),
      writer_next({&by_next::writes, &by_next::writes})},
     {"reader, writer, writers preferred", complete(),
      writers_first({&by_writers::reads, &by_writers::writes})},
     {"reader inside a reader, writer", by_content(complete()),
      readers_first({&by_readers::reads_inside, &by_readers::writes})},
     {"reader inside a reader, writer, the next preferred", by_content(complete()),
      writer_next({&by_next::reads_inside, &by_next::writes})},
     {"reader with a deadline, writer", by_content(complete()),
      readers_first({&by_readers::reads_soon, &by_readers::writes})},
     {"reader, writer with a deadline", by_content(complete()),
      readers_first({&by_readers::reads, &by_readers::writes_soon})},
     {"2 readers, writer with a deadline, writers preferred", by_content(complete()),
      writers_first({&by_writers::reads, &by_writers::reads, &by_writers::writes_soon})},
     {"2 readers that meet, writer with a deadline, writers preferred", by_content(complete()),
      writers_first(
          {&by_writers::reads_until_met, &by_writers::reads_and_meets, &by_writers::writes_soon})},
     {"2 readers, writer", by_content(complete()),
      readers_first({&by_readers::reads, &by_readers::reads, &by_readers::writes})},
     {"2 readers, writer, writers preferred", by_content(complete()),
      writers_first({&by_writers::reads, &by_writers::reads, &by_writers::writes})},
     {"reader, 2 writers", by_content(complete()),
      readers_first({&by_readers::reads, &by_readers::writes, &by_readers::writes})},
     {"reader, 2 writers, the next preferred", by_content(complete()),
      writer_next({&by_next::reads, &by_next::writes, &by_next::writes})},
     {"reader, 2 writers, one with a deadline, writers preferred", by_content(complete()),
      writers_first({&by_writers::reads, &by_writers::writes, &by_writers::writes_soon})},
     {"reader that tries, reader, writer", by_content(complete()),
      writers_first({&by_writers::tries_to_read, &by_writers::reads, &by_writers::writes})}},
    {},
});

}  // namespace
}  // namespace holdfast::verify
