// SPDX-License-Identifier: BSL-1.0
// The steps of a model's threads.
#include "holdfast/model/operations.hpp"

#include <cstring>

#include "model/explorer.hpp"
#include "model/text.hpp"

namespace holdfast::model::detail {

namespace {

using kind = operation::kind;
using mutated = mutation::kind;

explorer& ex() noexcept { return *explorer::current; }

order weakened(order o, bool acquire, bool release) noexcept {
  const bool keeps_acquire = acquires(o) && !acquire;
  const bool keeps_release = releases(o) && !release;
  if (keeps_acquire) return keeps_release ? order::acq_rel : order::acquire;
  return keeps_release ? order::release : order::relaxed;
}

// The order as the mutation under test leaves it.
order effective(order o, const where& site) {
  const bool acquire = acquires(o) && ex().changed(mutated::no_acquire, site);
  const bool release = releases(o) && ex().changed(mutated::no_release, site);
  return acquire || release ? weakened(o, acquire, release) : o;
}

operation access(int first, bool writes, int second = -1) {
  operation next;
  next.what = kind::access;
  next.first = first;
  next.second = second;
  next.writes = writes;
  return next;
}

// The number of the location, after its turn has come and if it still lives.
unsigned reach(int location, const where& site) {
  const auto l = static_cast<unsigned>(location);
  if (ex().mem().is_gone(l)) ex().fail("access to an atomic after the end of its life", site);
  if (!ex().mem().touch(ex().running(), l))
    ex().fail("access to an atomic that is not ordered after its initialisation", site);
  return l;
}

value pick_visible(unsigned l, order o) {
  memory& mem = ex().mem();
  const unsigned newest = mem.newest(l);
  const unsigned oldest = mem.visible_from(ex().running(), l);
  return mem.read(ex().running(), l, newest - ex().choose(newest - oldest + 1), o);
}

// Which write was read last, for the table.
std::string from() {
  const unsigned row = ex().mem().row_read();
  return text(row == 0 ? "(from the start" : "(from row ", row == 0 ? "" : std::to_string(row),
              ex().mem().was_old() ? ", old)" : ")");
}

void keep_in_storage(void* at, std::size_t size, value v) noexcept { std::memcpy(at, &v, size); }

}  // namespace

value load(const void* at, std::size_t size, order o, const where& site) {
  const int location = ex().location(at, size, site);
  ex().announce(access(location, false));
  const unsigned l = reach(location, site);
  const order used = effective(o, site);
  const value seen = pick_visible(l, used);
  if (ex().tracing())
    ex().trace(text("load ", ex().name_of(location), ordered(used), " = ", seen, " ", from()),
               site);
  return seen;
}

void store(void* at, std::size_t size, value desired, order o, const where& site) {
  const int location = ex().location(at, size, site);
  ex().announce(access(location, true));
  const unsigned l = reach(location, site);
  const order used = effective(o, site);
  ex().mem().write(ex().running(), l, desired, used, nullptr);
  keep_in_storage(at, size, desired);
  if (ex().tracing())
    ex().trace(text("store ", ex().name_of(location), ordered(used), " := ", desired), site);
}

value change(void* at, std::size_t size, function next, order o, const where& site) {
  const int location = ex().location(at, size, site);
  ex().announce(access(location, true));
  const unsigned l = reach(location, site);
  memory& mem = ex().mem();
  const order used = effective(o, site);
  const value before = mem.read(ex().running(), l, mem.newest(l), used);
  const value after = next(before);
  const message read_from = mem.messages(l).back();
  mem.write(ex().running(), l, after, used, &read_from);
  keep_in_storage(at, size, after);
  if (ex().tracing())
    ex().trace(text("change ", ex().name_of(location), ordered(used), " ", before, " -> ", after,
                    " ", from()),
               site);
  return before;
}

bool compare_exchange(void* at, std::size_t size, value& expected, value desired, order success,
                      order failure, bool may_fail_for_no_reason, const where& site) {
  const int location = ex().location(at, size, site);
  ex().announce(access(location, true));
  const unsigned l = reach(location, site);
  memory& mem = ex().mem();
  const unsigned me = ex().running();
  // Succeeds on the newest; may fail on it or on an older visible one that differs.
  const unsigned newest = mem.newest(l);
  const unsigned oldest = mem.visible_from(me, l);
  const auto differs = [&](unsigned i) { return mem.messages(l)[i].written != expected; };
  unsigned count = 1;
  for (unsigned i = oldest; i < newest; ++i) count += differs(i) ? 1U : 0U;
  const bool can_succeed = mem.newest_value(l) == expected;
  const unsigned weak = may_fail_for_no_reason && can_succeed ? 1 : 0;
  const unsigned chosen = ex().choose(count + weak);
  const order used = effective(success, site);
  if (chosen == 0 && can_succeed) {
    mem.read(me, l, newest, used);
    const message read_from = mem.messages(l).back();
    mem.write(me, l, desired, used, &read_from);
    keep_in_storage(at, size, desired);
    if (ex().tracing())
      ex().trace(text("compare-exchange ", ex().name_of(location), ordered(used), " ", expected,
                      " -> ", desired, " ", from()),
                 site);
    return true;
  }
  const bool weaker = acquires(failure) && ex().changed(mutated::no_acquire_failing, site);
  unsigned index = newest;
  if (chosen < count)
    for (unsigned left = chosen; left != 0;) left -= differs(--index) ? 1U : 0U;
  const value wanted = expected;
  const order failed = weaker ? order::relaxed : failure;
  expected = mem.read(me, l, index, failed);
  if (ex().tracing())
    ex().trace(
        text("compare-exchange ", ex().name_of(location), ordered(failed), " fails: ", expected,
             chosen < count ? " is not " : " for no reason, wants ", wanted, " ", from()),
        site);
  return false;
}

bool change_both(void* first, void* second, std::size_t size,
                 holdfast::detail::function_ref<bool(value&, value&)> next, order o,
                 const where& site) {
  const int a = ex().location(first, size, site);
  const int b = ex().location(second, size, site);
  ex().announce(access(a, true, b));
  const unsigned la = reach(a, site);
  const unsigned lb = reach(b, site);
  memory& mem = ex().mem();
  const unsigned me = ex().running();
  const order used = effective(o, site);
  value to_first = mem.read(me, la, mem.newest(la), used);
  value to_second = mem.read(me, lb, mem.newest(lb), used);
  const value was_first = to_first;
  const value was_second = to_second;
  const bool changed = next(to_first, to_second);
  if (changed) {
    mem.write_both(me, la, to_first, lb, to_second, used);
    keep_in_storage(first, size, to_first);
    keep_in_storage(second, size, to_second);
  }
  if (ex().tracing())
    ex().trace(
        text(changed ? "change " : "look at ", ex().name_of(a), "+", ex().name_of(b), ordered(used),
             " ", was_first, ",", was_second, " -> ", to_first, ",", to_second),
        site);
  return changed;
}

bool await_change(void* at, std::size_t size, value mask, value blocked, function next,
                  time_limit limit, order o, const where& site) {
  const int location = ex().location(at, size, site);
  operation waits = access(location, true);
  waits.what = kind::await;
  waits.mask = mask;
  waits.blocked = blocked;
  waits.limit = limit;
  ex().announce(waits);
  const unsigned l = reach(location, site);
  memory& mem = ex().mem();
  if ((mem.newest_value(l) & mask) == blocked) {
    if (limit == time_limit::none) ex().fail("waits outside of a thread", site);
    ex().expire();
    if (ex().tracing())
      ex().trace(text(name_of(limit), ", waiting for ", ex().name_of(location)), site);
    return false;
  }
  const order used = effective(o, site);
  const value before = mem.read(ex().running(), l, mem.newest(l), used);
  const value after = next(before);
  const message read_from = mem.messages(l).back();
  if (after != before) {
    mem.write(ex().running(), l, after, used, &read_from);
    keep_in_storage(at, size, after);
  }
  if (ex().tracing())
    ex().trace(text("await ", ex().name_of(location), ordered(used), " ", before, " -> ", after,
                    " ", from()),
               site);
  return true;
}

sequence_end sequence(const void* look_at, value mask, value expected, void* commit_to,
                      std::size_t size, value desired, order o, const where& site) {
  const int looked = ex().location(look_at, size, site);
  const int committed = ex().location(commit_to, size, site);
  operation looks = access(looked, false);
  looks.in_sequence = true;
  ex().announce(looks);
  ex().mem().begin_sequence(ex().running());
  const value seen = pick_visible(reach(looked, site), order::relaxed);
  if (ex().tracing())
    ex().trace(text("sequence: load ", ex().name_of(looked), " = ", seen, " ", from()), site);
  if ((seen & mask) != expected) return sequence_end::differed;
  thread_state& me = ex().self();
  me.in_sequence = true;
  me.aborted = false;
  operation stores = access(committed, true);
  stores.in_sequence = true;
  ex().announce(stores);
  me.in_sequence = false;
  ex().mem().note(ex().running(), me.aborted ? 1 : 0);
  if (me.aborted) {
    if (ex().tracing()) ex().trace("sequence: aborted", site);
    return sequence_end::aborted;
  }
  const unsigned l = reach(committed, site);
  const order used = effective(o, site);
  ex().mem().write(ex().running(), l, desired, used, nullptr);
  keep_in_storage(commit_to, size, desired);
  ex().mem().commit_sequence(ex().running());
  if (ex().tracing())
    ex().trace(text("sequence: store ", ex().name_of(committed), ordered(used), " := ", desired),
               site);
  return sequence_end::committed;
}

void fence(fence_kind which, const where& site) {
  if (ex().changed(mutated::no_fence, site)) return;
  operation next;
  next.what = kind::fence;
  next.fenced = which;
  ex().announce(next);
  ex().mem().fence(ex().running(), which);
  if (which == fence_kind::restart)
    for (unsigned t = 1; t <= ex().thread_count(); ++t)
      if (ex().thread(t).in_sequence) ex().thread(t).aborted = true;
  if (ex().tracing()) ex().trace(text("fence, ", name_of(which)), site);
}

bool restart_fence(const where& site) {
  void* const refused = ex().refusal();
  if (refused != nullptr && ex().choose(2) == 1) {
    store(refused, sizeof(std::uint32_t), 1, order::relaxed, site);
    return false;
  }
  fence(fence_kind::restart, site);
  return true;
}

bool restart_fence_refused(const where& site) {
  void* const refused = ex().refusal();
  return refused != nullptr && load(refused, sizeof(std::uint32_t), order::relaxed, site) != 0;
}

futex_end futex_wait(const void* at, std::size_t size, value mask, value expected, time_limit limit,
                     const where& site) {
  const int location = ex().location(at, size, site);
  ex().announce(access(location, true));
  const unsigned l = reach(location, site);
  // The kernel's look is never stale, and orders nothing; but what it saw cannot be unseen.
  memory& mem = ex().mem();
  mem.read(ex().running(), l, mem.newest(l), order::relaxed);
  const bool compares = !ex().changed(mutated::no_compare, site);
  if (compares && (mem.newest_value(l) & mask) != expected) {
    if (ex().tracing())
      ex().trace(
          text("futex: ", ex().name_of(location), " is ", mem.newest_value(l), ", not ", expected),
          site);
    return futex_end::differed;
  }
  if (ex().may_wake_for_no_reason() && ex().choose(2) == 1) {
    ex().woken_for_no_reason();
    if (ex().tracing()) ex().trace("futex: woken for no reason", site);
    return futex_end::woken;
  }
  if (ex().tracing())
    ex().trace(text("futex: sleeps on ", ex().name_of(location), " = ", expected), site);
  thread_state& me = ex().self();
  me.woken = false;
  operation sleeps = access(location, true);
  sleeps.what = kind::sleep;
  sleeps.limit = limit;
  ex().announce(sleeps);
  ex().mem().note(ex().running(), me.woken ? 1 : 0);
  if (me.woken) return futex_end::woken;
  ex().expire();
  if (ex().tracing()) ex().trace(text("futex: ", name_of(limit)), site);
  return futex_end::expired;
}

bool leaves_out_wake(const where& site) { return ex().changed(mutated::no_wake, site); }

bool leaves_out_recheck(const where& site) { return ex().changed(mutated::no_recheck, site); }

void futex_wake(const void* at, int count, const where& site) {
  if (leaves_out_wake(site)) return;
  // By address alone: the word may be gone.
  const int location = ex().location(at, 0, site);
  ex().announce(access(location, true));
  for (; count > 0; --count) {
    unsigned sleepers[threads_at_most];
    unsigned found = 0;
    for (unsigned t = 1; t <= ex().thread_count(); ++t) {
      const thread_state& other = ex().thread(t);
      if (other.next.what == kind::sleep && other.next.first == location && !other.woken)
        sleepers[found++] = t;
    }
    if (found == 0) break;
    ex().thread(sleepers[ex().choose(found)]).woken = true;
  }
  if (ex().tracing()) ex().trace(text("futex: wakes at ", ex().name_of(location)), site);
}

void yield(const where& site) {
  operation next;
  next.what = kind::yield;
  ex().announce(next);
  ex().mem().see_newest(ex().running());
  if (ex().tracing()) ex().trace("yield", site);
}

void born(const void* at, value initial) noexcept {
  if (explorer::current != nullptr && ex().running() != 0)
    ex().mem().born(ex().running(), at, initial);
}

void gone(const void* at, std::size_t size) noexcept {
  if (explorer::current == nullptr || ex().running() == 0) return;
  const int location = ex().mem().location_of(at, size);
  if (location < 0) return;
  ex().announce(access(location, true));
  if (ex().tracing()) ex().trace(text("end of ", ex().name_of(location)), {});
  if (!ex().mem().gone(ex().running(), at))
    ex().fail("the end of an atomic's life is not ordered after an access of another thread", {});
}

void* root() noexcept { return ex().arena(); }

namespace {

void tell(memory::plain_access outcome, const char* race, const where& site) {
  if (outcome == memory::plain_access::races) ex().fail(race, site);
  if (outcome == memory::plain_access::too_many)
    ex().fail("too many plain variables for the model", site);
}

}  // namespace

void plain_read(const void* at, const where& site) {
  if (ex().tracing()) ex().trace(text("reads ", ex().name_of(at)), site);
  tell(ex().mem().plain_read(ex().running(), at),
       "data race: this read is not ordered after a write", site);
}

void plain_write(const void* at, const where& site) {
  if (ex().tracing()) ex().trace(text("writes ", ex().name_of(at)), site);
  tell(ex().mem().plain_write(ex().running(), at),
       "data race: this write is not ordered after another access", site);
}

void fail(const char* what, const where& site) { ex().fail(what, site); }

unsigned this_thread() noexcept { return explorer::current != nullptr ? ex().running() : 0; }

bool& has_passed(time_limit limit) noexcept { return ex().self().has_passed(limit); }

}  // namespace holdfast::model::detail

namespace holdfast::model {

void expect(bool holds, const char* what, const std::source_location& site) {
  if (!holds) detail::fail(what, site);
}

}  // namespace holdfast::model
