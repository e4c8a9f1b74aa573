// SPDX-License-Identifier: BSL-1.0
// The explorer: runs one execution after the other and decides in each who goes next.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "holdfast/model/check.hpp"
#include "holdfast/model/operations.hpp"

#include "model/fiber.hpp"
#include "model/memory.hpp"
#include "model/states.hpp"

namespace holdfast::model::detail {

// What a thread is about to do. Announced before it happens, so that the search knows which steps
// of different threads can be swapped.
struct operation {
  enum class kind : std::uint8_t {
    start,
    access,  // to `first` and maybe `second`
    fence,
    await,  // an access that waits for its turn
    sleep,  // in a futex
    yield,
    ended,
  };
  kind what = kind::start;
  bool writes = false;
  time_limit limit = time_limit::none;
  bool in_sequence = false;  // an access that a restart fence can abort
  bool quiet = false;        // touches what no other thread does, as far as is known
  fence_kind fenced = fence_kind::seq_cst;
  int first = -1;
  int second = -1;
  value mask = 0;
  value blocked = 0;
};

struct thread_state {
  fiber stack;
  operation next;
  const std::function<void()>* body = nullptr;
  const char* name = "";
  bool woken = false;        // in its futex
  bool in_sequence = false;  // between its load and its store
  bool aborted = false;      // a restart fence came meanwhile
  bool deadline_passed = false;
  bool own_limit_passed = false;

  bool& has_passed(time_limit limit) noexcept {
    return limit == time_limit::deadline ? deadline_passed : own_limit_passed;
  }
  bool has_passed(time_limit limit) const noexcept {
    return limit == time_limit::deadline ? deadline_passed : own_limit_passed;
  }
};

// One decision: which thread, or which of several values.
struct node {
  bool about_thread = false;
  std::uint8_t count = 0;
  std::uint8_t index = 0;
  std::uint8_t sleep = 0;  // threads that need not run now: another execution has this one's order
  std::array<std::uint8_t, threads_at_most> options{};
  std::uint8_t preemptions = 0;  // before it
  std::uint64_t state = 0;       // in which it was met; 0: not remembered
  std::uint64_t before = 0;      // executions covered before it
};

struct trace_row {
  std::uint8_t thread;
  std::string text;
  std::string place;
};

class explorer {
 public:
  static constexpr const char* is_not_repeatable =
      "the program does not do the same when it is run again: it depends on something outside of "
      "the model";

  explorer(const char* name, const options& how, const std::function<void(scenario&)>& build);
  ~explorer();
  explorer(const explorer&) = delete;
  explorer& operator=(const explorer&) = delete;

  result run();

  static explorer* current;

  // For the operations, which run in the threads.
  memory& mem() noexcept { return memory_; }
  unsigned running() const noexcept { return running_; }
  thread_state& self() noexcept { return threads_[running_]; }
  thread_state& thread(unsigned index) noexcept { return threads_[index]; }
  unsigned thread_count() const noexcept { return count_; }
  bool may_wake_for_no_reason() noexcept { return spurious_ < how_.spurious_wakes; }
  void woken_for_no_reason() noexcept { ++spurious_; }
  // A word that tells that the restart fence has been refused; null if it never is.
  void* refusal() noexcept { return how_.refuses_fence ? refusal_ : nullptr; }
  bool may_be_crowded() const noexcept { return how_.crowds; }
  // The time of the running thread's sleep is up.
  void expire() noexcept;

  // Lets the scheduler decide; returns when it is this thread's turn.
  void announce(const operation& next);
  unsigned choose(unsigned count);
  void fail(std::string what, const where& site);
  int location(const void* at, std::size_t size, const where& site);

  // Whether the mutation under test changes this place.
  bool changed(mutation::kind what, const where& site) {
    collect(what, site);
    return how_.changed.what == what && how_.changed.line == site.line() &&
           how_.changed.column == site.column() && how_.changed.file == site.file_name();
  }
  bool tracing() const noexcept { return tracing_; }
  void trace(std::string text, const where& site);
  std::string name_of(int location) const;
  std::string name_of(const void* address) const;  // empty if it has none

  void name_range(const char* name, const void* begin, std::size_t size);
  unsigned char* arena() noexcept { return arena_; }
  void* allocate(std::size_t size, std::size_t alignment);
  bool compares_stacks() const noexcept { return how_.compares_stacks; }

 private:
  static constexpr std::size_t stack_size = std::size_t{128} * 1024;
  static constexpr std::size_t used_stack = std::size_t{16} * 1024;  // at the most, as a rule

  enum class execution_end : std::uint8_t { none, ended, pruned, truncated, failed };

  execution_end execute();
  execution_end schedule();
  unsigned next_thread(execution_end& end);
  unsigned repeat(execution_end& end);
  void begin_threads(scenario& plan);
  bool is_enabled(unsigned thread) const;
  bool can_expire(unsigned thread) const;
  bool is_anybody_enabled() const;
  bool offer_threads(node& fresh, std::uint8_t sleep);
  execution_end look_up(node& fresh);
  std::uint64_t fingerprint(std::uint8_t sleep) const noexcept;
  std::uint64_t content() const noexcept;
  void prepare_comparison();
  void remember_locations();
  void search_under_bound(bool& failed);
  void start_over();
  unsigned decide(const node& fresh);
  std::uint8_t replayed(const node& fresh);
  bool advance();
  bool is_sampled() const noexcept {
    return how_.mode == search::random || how_.mode == search::pct;
  }
  void draw_priorities();
  std::uint8_t sampled(const node& fresh);
  void collect(mutation::kind what, const where& site);
  // The decisions of an execution: the thread, or which of several values.
  using path = std::vector<int>;
  static constexpr int first_choice = -1;

  path path_taken() const;
  static path parsed(const std::string& text);
  static std::string text_of(const path& taken);
  void take_path(const path& taken);
  path expanded();
  void shrink();
  bool still_fails(const path& taken);
  std::string table_text() const;
  std::string table_html() const;
  void meet_locations();
  bool has_unseen(unsigned thread) const;
  bool note_use(int location, bool writes);
  bool is_quiet(const operation& next);
  static bool dependent(const operation& a, const operation& b) noexcept;

  std::string name_;
  options how_;
  const std::function<void(scenario&)>& build_;
  result result_;
  memory memory_;
  std::array<thread_state, threads_at_most> threads_;
  unsigned count_ = 0;    // threads of the scenario, numbered from 1
  unsigned running_ = 0;  // 0: none
  unsigned last_ = 0;
  unsigned steps_ = 0;
  unsigned preemptions_ = 0;
  unsigned bound_ = 0;  // of preemptions
  std::uint8_t sleep_ = 0;
  void* refusal_ = nullptr;
  // Which threads used a location in this execution. A location that one thread uses, or that nobody
  // writes, is no place for others to come between: steps there are part of the step before. What
  // turns out to be shared is kept, and the search begins anew.
  struct use {
    std::uint8_t users = 0;
    bool written = false;
    bool shared = false;
  };
  std::array<use, locations_at_most> uses_{};
  unsigned used_locations_ = 0;
  unsigned quiet_steps_ = 0;  // one after the other
  std::unordered_set<const void*> shared_;
  std::vector<const void*> found_shared_;
  struct met {
    const void* address;
    std::size_t size;
  };
  std::vector<met> met_;         // locations of former executions
  bool only_deadlines_ = false;  // no thread can go on unless one passes
  std::size_t way_ = 0;          // up to here in path_, nothing is new
  state_table known_;
  unsigned spurious_ = 0;
  std::vector<node> path_;
  std::size_t depth_ = 0;
  path replay_;
  std::size_t replayed_ = 0;  // decisions of replay_
  bool replaying_ = false;
  bool expanding_ = false;  // replay_ knows nothing of quiet steps
  bool tracing_ = false;
  std::array<std::size_t, 1024> collected_{};
  std::string failure_;
  std::vector<trace_row> rows_;
  std::mt19937_64 random_;
  // For pct: higher goes first; and the steps at which the thread that runs falls behind all others.
  std::array<unsigned, threads_at_most> priorities_{};
  std::vector<unsigned> changes_;
  unsigned longest_ = 32;

  struct range {
    std::string name;
    const char* begin;
    std::size_t size;
  };
  std::vector<range> ranges_;
  unsigned char* arena_ = nullptr;
  std::size_t used_ = 0;
  unsigned char* stacks_ = nullptr;
};

}  // namespace holdfast::model::detail
