// SPDX-License-Identifier: BSL-1.0
// The search: which thread goes next, and when everything has been tried.
#include "model/explorer.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "model/text.hpp"

namespace holdfast::model::detail {

namespace {

constexpr std::size_t stack_size = std::size_t{128} * 1024;
constexpr std::size_t arena_size = std::size_t{1024} * 1024;
constexpr const char* is_not_repeatable =
    "the program does not do the same when it is run again: it depends on something outside of the "
    "model";

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

// The first deadline of a thread may pass at any moment, the others when nobody else can go on: who
// wakes by itself again and again would do nothing else.
bool explorer::can_expire(unsigned t) const {
  const thread_state& thread = threads_[t];
  return thread.next.may_expire && (!thread.deadline_passed || only_deadlines_);
}

void explorer::expire() noexcept {
  thread_state& me = self();
  memory_.note(running_, 1);
  if (me.deadline_passed) memory_.see_newest(running_);
  me.deadline_passed = true;
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
      return memory_.has_unseen(t);
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
  if (last_ != 0) offer(last_);
  if (bound && fresh.count != 0) return true;
  for (unsigned t = 1; t <= count_; ++t)
    if (t != last_) offer(t);
  return fresh.count != 0;
}

// Where all threads stand, with what restricts how they may go on.
std::uint64_t explorer::fingerprint(std::uint8_t sleep) const noexcept {
  std::uint64_t flags = spurious_;
  for (unsigned t = 1; t <= count_; ++t) {
    const thread_state& thread = threads_[t];
    flags = flags << 4 | (thread.woken ? 8U : 0U) | (thread.in_sequence ? 4U : 0U) |
            (thread.aborted ? 2U : 0U) | (thread.deadline_passed ? 1U : 0U);
  }
  const std::uint64_t rest = how_.mode == search::bounded ? 256U + last_ : sleep;
  return mixed(memory_.state(), mixed(flags, rest)) | 1U;
}

// True if all that can follow has been explored.
bool explorer::is_known(node& fresh) {
  if (depth_ != path_.size() || is_sampled() || how_.states_at_most == 0) return false;
  // Where there is one way to go on, now and then will do.
  if (fresh.count == 1 && steps_ % 8 != 0) return false;
  const unsigned left = how_.mode == search::bounded ? bound_ - preemptions_ : 0;
  fresh.state = fingerprint(fresh.sleep);
  fresh.before = result_.covered;
  if (state_table::entry* const known = known_.find(fresh.state)) {
    if (known->preemptions_left >= left) {
      result_.covered += known->executions;
      return true;
    }
    known->preemptions_left = left;
  } else {
    known_.add(fresh.state, left);
  }
  return false;
}

unsigned explorer::decide(const node& fresh) {
  if (depth_ == path_.size()) {
    path_.push_back(fresh);
    if (replaying_)
      path_.back().index = replayed(fresh);
    else if (is_sampled())
      path_.back().index = sampled(fresh);
  } else {
    const node& known = path_[depth_];
    if (known.count != fresh.count || known.about_thread != fresh.about_thread) {
      failure_ = is_not_repeatable;
      ++depth_;
      return 0;
    }
  }
  return path_[depth_++].index;
}

// By chance; or by priority, of threads.
std::uint8_t explorer::sampled(const node& fresh) {
  if (how_.mode == search::random || !fresh.about_thread)
    return static_cast<std::uint8_t>(random_() % fresh.count);
  if (last_ != 0 && std::ranges::count(changes_, steps_) != 0)
    priorities_[last_] = static_cast<unsigned>(changes_.size()) -
                         static_cast<unsigned>(std::ranges::count_if(
                             changes_, [this](unsigned at) { return at < steps_; }));
  std::uint8_t first = 0;
  for (std::uint8_t i = 1; i < fresh.count; ++i)
    if (priorities_[fresh.options[i]] > priorities_[fresh.options[first]]) first = i;
  return first;
}

void explorer::draw_priorities() {
  const unsigned lowest = how_.priority_changes + 1;
  for (unsigned t = 0; t < threads_at_most; ++t) priorities_[t] = lowest + t;
  std::ranges::shuffle(priorities_, random_);
  longest_ = std::max(longest_, steps_);
  changes_.clear();
  for (unsigned i = 0; i < how_.priority_changes; ++i)
    changes_.push_back(1 + static_cast<unsigned>(random_() % longest_));
}

// The decision that the text of the replay names, or the first.
std::uint8_t explorer::replayed(const node& fresh) const {
  if (depth_ >= replay_.size()) return 0;
  for (std::uint8_t i = 0; i < fresh.count; ++i)
    if ((fresh.about_thread ? fresh.options[i] : i) == replay_[depth_]) return i;
  return 0;
}

unsigned explorer::choose(unsigned count) {
  if (count <= 1) return 0;
  if (count > 255) {
    fail("too many values to choose from for the model", {});
    return 0;
  }
  node fresh;
  fresh.count = static_cast<std::uint8_t>(count);
  const unsigned chosen = decide(fresh);
  memory_.note(running_, chosen);
  return chosen;
}

bool explorer::advance() {
  if (is_sampled()) {
    path_.clear();
    return true;
  }
  while (!path_.empty()) {
    const node& last = path_.back();
    if (last.index + 1 < last.count) {
      ++path_.back().index;
      return true;
    }
    if (last.state != 0)
      if (state_table::entry* const known = known_.find(last.state))
        known->executions = result_.covered - last.before;
    path_.pop_back();
  }
  return false;
}

void explorer::announce(const operation& next) {
  if (running_ == 0) return;
  thread_state& me = threads_[running_];
  me.next = next;
  me.stack.suspend();
}

void explorer::begin_threads(scenario& plan) {
  if (plan.threads.size() >= threads_at_most)
    throw std::invalid_argument("holdfast::model: at most 7 threads");
  count_ = static_cast<unsigned>(plan.threads.size());
  for (unsigned t = 1; t <= count_; ++t) {
    thread_state& thread = threads_[t];
    thread.next = {};
    thread.body = &plan.threads[t - 1].run;
    thread.name = plan.threads[t - 1].name;
    thread.woken = thread.in_sequence = thread.aborted = thread.deadline_passed = false;
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
  if (++steps_ > how_.steps_at_most) {
    end = execution_end::truncated;
    return 0;
  }
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
  end = !alive                                             ? execution_end::ended
        : !enabled                                         ? execution_end::failed
        : !offer_threads(fresh, sleep_) || is_known(fresh) ? execution_end::pruned
                                                           : execution_end::none;
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
  failure_.clear();
  if (how_.mode == search::pct) draw_priorities();
  depth_ = steps_ = preemptions_ = spurious_ = last_ = running_ = count_ = 0;
  sleep_ = 0;
  way_ = path_.size();
  while (way_ != 0 && !path_[--way_].about_thread) {
  }
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
  return end;
}

result explorer::run() {
  const auto begin = std::chrono::steady_clock::now();
  result_.name = name_;
  result_.mode =
      how_.mode == search::complete ? std::string("complete")
      : how_.mode == search::bounded
          ? text("at most ", how_.preemptions, " preemptions")
          : text(how_.mode == search::pct ? "by priorities, seed " : "random, seed ", how_.seed);
  if (!how_.replay.empty()) take_path(parsed(how_.replay));
  const bool bounded = how_.mode == search::bounded && !replaying_;
  bool failed = false;
  for (bound_ = bounded ? 0 : how_.preemptions;; ++bound_) {
    search_under_bound(failed);
    if (failed || !result_.finished || bound_ >= how_.preemptions) break;
  }
  if (failed) {
    result_.failure = failure_;
    shrink();
    tracing_ = true;
    execute();
    result_.table = table_text();
    result_.html = table_html();
  }
  result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result_;
}

// All executions with at most bound_ preemptions, if there is such a bound.
void explorer::search_under_bound(bool& failed) {
  result_.executions = result_.pruned = result_.truncated = result_.covered = 0;
  result_.finished = false;
  path_.clear();
  if (!is_sampled()) known_.clear();
  for (;;) {
    const execution_end end = execute();
    failed = end == execution_end::failed;
    result_.executions += end == execution_end::ended || failed ? 1U : 0U;
    result_.covered += end == execution_end::ended || failed ? 1U : 0U;
    result_.pruned += end == execution_end::pruned ? 1U : 0U;
    result_.truncated += end == execution_end::truncated ? 1U : 0U;
    result_.states = known_.size();
    if (failed || replaying_) return;
    if (result_.executions + result_.pruned + result_.truncated >= how_.executions_at_most) {
      result_.finished = is_sampled();
      return;
    }
    if (!advance()) {
      result_.finished = true;
      return;
    }
  }
}

bool explorer::still_fails(const path& taken) {
  take_path(taken);
  return execute() == execution_end::failed;
}

// Fewer switches between threads and fewer old values, as long as it fails: each decision in turn is
// replaced by the first choice, which is to go on with the same thread or to read the newest. Leaves
// the smallest to be replayed.
void explorer::shrink() {
  path smallest = path_taken();
  unsigned tries = 400;
  for (std::size_t i = 0; i < smallest.size() && tries > 0; ++i, --tries) {
    path simpler = smallest;
    simpler[i] = first_choice;
    if (!still_fails(simpler)) continue;
    smallest = path_taken();
    result_.failure = failure_;
  }
  take_path(smallest);
  result_.replay = text_of(smallest);
}

void explorer::fail(std::string what, const where& site) {
  if (failure_.empty()) {
    failure_ = std::move(what);
    if (site.line() != 0) failure_ += text(" (", site.file_name(), ":", site.line(), ")");
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
