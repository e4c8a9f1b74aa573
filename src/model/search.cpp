// SPDX-License-Identifier: BSL-1.0
// The search: which decisions come next, and when everything has been tried.
#include <algorithm>
#include <chrono>

#include "model/explorer.hpp"
#include "model/text.hpp"

namespace holdfast::model::detail {

// Where all threads stand, with what restricts how they may go on.
std::uint64_t explorer::fingerprint(std::uint8_t sleep) const noexcept {
  std::uint64_t flags = spurious_;
  for (unsigned t = 1; t <= count_; ++t) {
    const thread_state& thread = threads_[t];
    flags = flags << 5 | (thread.woken ? 16U : 0U) | (thread.in_sequence ? 8U : 0U) |
            (thread.aborted ? 4U : 0U) | (thread.own_limit_passed ? 2U : 0U) |
            (thread.deadline_passed ? 1U : 0U);
  }
  const std::uint64_t rest = how_.mode == search::bounded ? 256U + last_ : sleep;
  return mixed(how_.compares_stacks ? content() : memory_.state(), mixed(flags, rest)) | 1U;
}

// `pruned` if all that can follow has been explored. An execution that comes back to where it has
// been can do so for ever.
explorer::execution_end explorer::look_up(node& fresh) {
  if (depth_ != path_.size() || is_sampled() || how_.states_at_most == 0)
    return execution_end::none;
  // Where there is one way to go on, now and then will do.
  if (fresh.count == 1 && steps_ % 8 != 0) return execution_end::none;
  const unsigned left = how_.mode == search::bounded ? bound_ - preemptions_ : 0;
  fresh.state = fingerprint(fresh.sleep);
  fresh.before = result_.covered;
  if (state_table::entry* const known = known_.find(fresh.state)) {
    if (known->open) return execution_end::truncated;
    if (known->preemptions_left >= left) {
      result_.covered += known->executions;
      return execution_end::pruned;
    }
    known->preemptions_left = left;
    known->open = true;
  } else {
    known_.add(fresh.state, left);
  }
  return execution_end::none;
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

// The operations by which a program takes part in the search.
unsigned choose(unsigned count) { return explorer::current->choose(count); }
bool may_be_crowded() { return explorer::current->may_be_crowded(); }

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
      if (state_table::entry* const known = known_.find(last.state)) {
        known->executions = result_.covered - last.before;
        known->open = false;
      }
    path_.pop_back();
  }
  return false;
}

result explorer::run() {
  const auto begin = std::chrono::steady_clock::now();
  result_.name = name_;
  result_.mode =
      how_.mode == search::complete ? std::string("complete")
      : how_.mode == search::bounded
          ? text("at most ", how_.preemptions, " preemptions")
          : text(how_.mode == search::pct ? "by priorities, seed " : "random, seed ", how_.seed);
  if (how_.compares_stacks) result_.mode += ", by content";
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

void explorer::start_over() {
  result_.executions = result_.pruned = result_.truncated = result_.covered = 0;
  result_.finished = false;
  path_.clear();
  if (!is_sampled()) known_.clear();
}

// All executions with at most bound_ preemptions, if there is such a bound.
void explorer::search_under_bound(bool& failed) {
  start_over();
  for (;;) {
    const execution_end end = execute();
    failed = end == execution_end::failed;
    if (!failed && !found_shared_.empty()) {
      shared_.insert(found_shared_.begin(), found_shared_.end());
      if (!is_sampled()) {
        start_over();
        continue;
      }
    }
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

}  // namespace holdfast::model::detail
