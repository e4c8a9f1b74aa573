// SPDX-License-Identifier: BSL-1.0
// One execution: its threads, and who goes next.
#include "model/explorer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "model/text.hpp"

namespace holdfast::model::detail {

namespace {

constexpr std::size_t arena_size = std::size_t{1024} * 1024;

// At the same addresses in every run where that is possible: addresses are hashed by what is
// tested, and a replay should meet the same hashes.
unsigned char* map(std::uintptr_t wish, std::size_t size) {
  void* const at = fiber::memory(wish, size);
  if (at == nullptr) throw std::runtime_error("holdfast::model: no memory for stacks");
  return static_cast<unsigned char*>(at);
}

}  // namespace

explorer* explorer::current = nullptr;

explorer::explorer(const char* name, const options& how,
                   const std::function<void(scenario&)>& build)
    : name_(name), how_(how), build_(build), known_(how.states_at_most), random_(how.seed) {
  // Clocks and messages are counted in 15 bits.
  if (how.steps_at_most > 8'000)
    throw std::invalid_argument("holdfast::model: at most 8000 steps in an execution");
  arena_ = map(0x7A00'0000'0000, arena_size);
  stacks_ = map(0x7A10'0000'0000, stack_size * threads_at_most);
  current = this;
}

explorer::~explorer() {
  current = nullptr;
  fiber::give_back(arena_, arena_size);
  fiber::give_back(stacks_, stack_size * threads_at_most);
}

// Two operations of different threads that may not be swapped.
bool explorer::dependent(const operation& a, const operation& b) noexcept {
  using kind = operation::kind;
  const auto touches = [](const operation& o, int location) {
    return location >= 0 && (o.first == location || o.second == location);
  };
  if (a.what == kind::fence && b.what == kind::fence) {
    const auto weight = [](fence_kind f) {
      return f == fence_kind::light                                 ? 1
             : f == fence_kind::acquire || f == fence_kind::release ? 0
                                                                    : 2;
    };
    return weight(a.fenced) + weight(b.fenced) > 2;
  }
  const auto aborts = [](const operation& o, const operation& other) {
    return o.what == kind::fence && o.fenced == fence_kind::restart && other.in_sequence;
  };
  if (aborts(a, b) || aborts(b, a)) return true;
  if (a.what == kind::yield && b.writes) return true;
  if (b.what == kind::yield && a.writes) return true;
  return (a.writes || b.writes) && (touches(b, a.first) || touches(b, a.second));
}

// The first deadline of a thread, and the first limit of its own, may pass at any moment, the others
// when nobody else can go on: who wakes by itself again and again would do nothing else.
bool explorer::can_expire(unsigned t) const {
  const thread_state& thread = threads_[t];
  const time_limit limit = thread.next.limit;
  return limit != time_limit::none && (!thread.has_passed(limit) || only_deadlines_);
}

void explorer::expire() noexcept {
  thread_state& me = self();
  bool& passed = me.has_passed(me.next.limit);
  memory_.note(running_, 1);
  if (passed) memory_.see_newest(running_);
  passed = true;
}

bool explorer::is_anybody_enabled() const {
  for (unsigned t = 1; t <= count_; ++t)
    if (is_enabled(t)) return true;
  return false;
}

bool explorer::is_enabled(unsigned t) const {
  const thread_state& thread = threads_[t];
  switch (thread.next.what) {
    case operation::kind::ended:
      return false;
    case operation::kind::await:
      return can_expire(t) || (memory_.newest_value(static_cast<unsigned>(thread.next.first)) &
                               thread.next.mask) != thread.next.blocked;
    case operation::kind::sleep:
      return thread.woken || can_expire(t);
    case operation::kind::yield:
      return has_unseen(t);
    default:
      return true;
  }
}

// Who may go next. False if nobody need: all orders from here on are those of another execution.
bool explorer::offer_threads(node& fresh, std::uint8_t sleep) {
  fresh.about_thread = true;
  fresh.sleep = sleep;
  fresh.preemptions = static_cast<std::uint8_t>(preemptions_ < 255 ? preemptions_ : 255);
  const bool bound = how_.mode == search::bounded && preemptions_ >= bound_;
  const auto offer = [&](unsigned t) {
    if (is_enabled(t) && (sleep >> t & 1U) == 0)
      fresh.options[fresh.count++] = static_cast<std::uint8_t>(t);
  };
  // Always in the same order in a complete search, so that it does not depend on the way to a state.
  const bool keeps = how_.mode == search::bounded && last_ != 0;
  if (keeps) offer(last_);
  if (bound && fresh.count != 0) return true;
  for (unsigned t = 1; t <= count_; ++t)
    if (!keeps || t != last_) offer(t);
  return fresh.count != 0;
}

// What is new here since it looked last.
void explorer::meet_locations() {
  for (; used_locations_ < memory_.locations(); ++used_locations_)
    uses_[used_locations_] = {0, false, shared_.contains(memory_.address_of(used_locations_))};
}

// Whether looking again makes sense: what another thread has for itself alone is nothing to wait for.
bool explorer::has_unseen(unsigned t) const {
  for (unsigned l = 0; l < used_locations_; ++l)
    if ((uses_[l].shared || std::popcount(uses_[l].users) > 1) && memory_.is_unseen(t, l))
      return true;
  return false;
}

// True if other threads must be given a chance to come first.
bool explorer::note_use(int location, bool writes) {
  if (location < 0) return false;
  meet_locations();
  use& of = uses_[static_cast<unsigned>(location)];
  if (of.shared) return true;
  of.users |= static_cast<std::uint8_t>(1U << running_);
  of.written = of.written || writes;
  if (of.written && std::popcount(of.users) > 1)
    found_shared_.push_back(memory_.address_of(static_cast<unsigned>(location)));
  return false;
}

bool explorer::is_quiet(const operation& next) {
  const bool first = note_use(next.first, next.writes);
  const bool second = note_use(next.second, next.writes);
  if (next.what != operation::kind::access || next.in_sequence || first || second) {
    quiet_steps_ = 0;
    return false;
  }
  // Whoever looks at the same for ever must not stop everybody.
  return ++quiet_steps_ % 64 != 0;
}

void explorer::announce(const operation& next) {
  if (running_ == 0) return;
  thread_state& me = threads_[running_];
  me.next = next;
  me.next.quiet = is_quiet(next);
  if (!me.next.quiet || replaying_) me.stack.suspend();
}

void explorer::begin_threads(scenario& plan) {
  if (plan.threads.size() >= threads_at_most)
    throw std::invalid_argument("holdfast::model: at most 7 threads");
  count_ = static_cast<unsigned>(plan.threads.size());
  if (how_.compares_stacks) prepare_comparison();
  for (unsigned t = 1; t <= count_; ++t) {
    thread_state& thread = threads_[t];
    thread.next = {};
    thread.body = &plan.threads[t - 1].run;
    thread.name = plan.threads[t - 1].name;
    thread.woken = thread.in_sequence = thread.aborted = false;
    thread.deadline_passed = thread.own_limit_passed = false;
    memory_.start(t, 0);
    thread.stack.prepare(
        stacks_ + t * stack_size, stack_size,
        [](void* argument) {
          auto& me = *static_cast<thread_state*>(argument);
          try {
            (*me.body)();
          } catch (const std::exception& thrown) {
            current->fail(text("an exception left the thread: ", thrown.what()), {});
          } catch (...) {
            current->fail("an exception left the thread", {});
          }
          me.next = {};
          me.next.what = operation::kind::ended;
        },
        &thread);
  }
}

// The thread that goes next; or why there is none, in `end`.
unsigned explorer::next_thread(execution_end& end) {
  if (++steps_ > how_.steps_at_most * (replaying_ ? 4U : 1U)) {
    end = execution_end::truncated;
    return 0;
  }
  meet_locations();
  if (depth_ < way_) return repeat(end);
  if (depth_ < path_.size()) {
    sleep_ = path_[depth_].sleep;
    preemptions_ = path_[depth_].preemptions;
  }
  node fresh;
  bool alive = false;
  for (unsigned t = 1; t <= count_; ++t)
    alive = alive || threads_[t].next.what != operation::kind::ended;
  only_deadlines_ = false;
  only_deadlines_ = !is_anybody_enabled();
  const bool enabled = !only_deadlines_ || is_anybody_enabled();
  if (alive && !enabled) failure_ = "no thread can go on: a deadlock, or a wake-up was lost";
  end = !alive                          ? execution_end::ended
        : !enabled                      ? execution_end::failed
        : !offer_threads(fresh, sleep_) ? execution_end::pruned
                                        : look_up(fresh);
  if (end != execution_end::none) return 0;
  const unsigned index = decide(fresh);
  const unsigned chosen = fresh.options[index];
  if (last_ != 0 && chosen != last_ && is_enabled(last_)) ++preemptions_;
  if (how_.mode == search::complete) {
    std::uint8_t asleep = sleep_;
    for (unsigned i = 0; i < index; ++i)
      asleep |= static_cast<std::uint8_t>(1U << fresh.options[i]);
    sleep_ = 0;
    for (unsigned t = 1; t <= count_; ++t)
      if ((asleep >> t & 1U) != 0 && !dependent(threads_[t].next, threads_[chosen].next))
        sleep_ |= static_cast<std::uint8_t>(1U << t);
  }
  return chosen;
}

// The same as in the execution before, on the way to the last choice of a thread that is known.
unsigned explorer::repeat(execution_end& end) {
  const node& known = path_[depth_++];
  const unsigned chosen = known.options[known.index];
  only_deadlines_ = true;
  if (!known.about_thread || !is_enabled(chosen)) {
    failure_ = is_not_repeatable;
    end = execution_end::failed;
  }
  return chosen;
}

explorer::execution_end explorer::schedule() {
  for (;;) {
    execution_end end = execution_end::none;
    const unsigned chosen = next_thread(end);
    if (end != execution_end::none) return end;
    last_ = running_ = chosen;
    memory_.tick(chosen);
    memory_.note(chosen, 0);
    threads_[chosen].stack.resume();
    running_ = 0;
    if (!failure_.empty()) return execution_end::failed;
  }
}

explorer::execution_end explorer::execute() {
  memory_.reset();
  std::memset(arena_, 0, used_);
  used_ = root_size;
  ranges_.clear();
  name_range("lot", arena_, root_size);
  if (how_.refuses_fence) {
    refusal_ = allocate(sizeof(std::uint32_t), 64);
    name_range("fence refused", refusal_, sizeof(std::uint32_t));
  }
  rows_.clear();
  memory_.begin_row(tracing_ ? 1 : 0);
  failure_.clear();
  if (how_.mode == search::pct) draw_priorities();
  depth_ = steps_ = preemptions_ = spurious_ = last_ = running_ = count_ = 0;
  sleep_ = 0;
  used_locations_ = quiet_steps_ = 0;
  replayed_ = 0;
  found_shared_.clear();
  for (way_ = path_.size(); way_ != 0;)
    if (path_[--way_].about_thread) break;
  scenario* const plan = new scenario;  // given up with its threads if the execution breaks off
  build_(*plan);
  begin_threads(*plan);
  execution_end end = failure_.empty() ? schedule() : execution_end::failed;
  if (end == execution_end::ended) {
    for (unsigned t = 1; t <= count_; ++t) memory_.join(0, t);
    for (const auto& check : plan->checks) check();
    delete plan;
    if (!failure_.empty()) end = execution_end::failed;
  } else {
    plan->forget();
    delete plan;
  }
  if (how_.compares_stacks) remember_locations();
  return end;
}

void explorer::fail(std::string what, const where& site) {
  if (failure_.empty()) {
    failure_ = std::move(what);
    if (site.line() != 0)
      failure_ += text(" (", file_name(site.file_name()), ":", site.line(), ")");
    if (tracing_) trace(text("FAILS: ", failure_), site);
  }
  if (running_ != 0) threads_[running_].stack.suspend();  // for good
}

int explorer::location(const void* at, std::size_t size, const where& site) {
  const int found = memory_.location_of(at, size);
  if (found < 0) fail("too many atomics for the model", site);
  return found;
}

void explorer::collect(mutation::kind what, const where& site) {
  const std::size_t hash = site.line() * 67U + site.column() * 7U + static_cast<unsigned>(what);
  if (collected_[hash % collected_.size()] == hash) return;  // the usual case
  collected_[hash % collected_.size()] = hash;
  for (const mutation& known : result_.mutations)
    if (known.what == what && known.line == site.line() && known.column == site.column() &&
        known.file == site.file_name())
      return;
  result_.mutations.push_back({what, site.file_name(), site.line(), site.column()});
}

void* explorer::allocate(std::size_t size, std::size_t alignment) {
  const std::size_t begin = (used_ + alignment - 1) / alignment * alignment;
  if (begin + size > arena_size) throw std::bad_alloc();
  used_ = begin + size;
  return arena_ + begin;
}

void explorer::name_range(const char* name, const void* begin, std::size_t size) {
  ranges_.push_back({name, static_cast<const char*>(begin), size});
}

}  // namespace holdfast::model::detail
