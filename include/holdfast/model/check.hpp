// SPDX-License-Identifier: BSL-1.0
// Explores every way in which a few threads can run through a piece of code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::model {

// How the ways are gone through.
enum class search : std::uint8_t {
  complete,  // each one once, but for the order of steps that do not touch each other
  bounded,  // all with no preemption, then all with at most one, and so on: few are enough for most
            // bugs. (Source: M. Musuvathi, S. Qadeer, Iterative Context Bounding for Systematic
            // Testing of Multithreaded Programs, 2007.)
  random,   // some, by a seed
  pct,      // some, by a seed: threads have priorities, of which few change on the way. (Source: S.
            // Burckhardt et al., A Randomized Scheduler with Probabilistic Guarantees of Finding
            // Bugs, 2010.)
};

// A change for the worse at one place of the code: the test must notice it.
struct mutation {
  enum class kind : std::uint8_t {
    none,
    no_acquire,          // of a load or a read-modify-write
    no_release,          // of a store or a read-modify-write
    no_acquire_failing,  // of a compare-exchange that fails
    no_fence,
    no_wake,
    no_compare,  // a futex wait that does not look at its word
    no_recheck,  // a second look, which found that something has changed
  };
  kind what = kind::none;
  std::string file;
  std::uint_least32_t line = 0;
  std::uint_least32_t column = 0;

  std::string text() const;       // with the place
  const char* kind_text() const;  // "acquire removed"
  bool operator==(const mutation&) const = default;
};

struct options {
  search mode = search::complete;
  unsigned preemptions = 2;                      // for bounded, at most
  unsigned priority_changes = 2;                 // for pct: finds bugs of one more ordered steps
  std::uint64_t seed = 1;                        // for random and pct
  std::uint64_t executions_at_most = 1'000'000;  // run; more: the result is unfinished
  std::size_t states_at_most = std::size_t{1} << 24;  // remembered, 64 bytes each; 0: none
  // States are the same if memory and stacks are, whatever happened before, and not only if the same
  // happened. Far fewer; but only for programs whose threads use no heap, no globals, no exceptions.
  bool compares_stacks = false;
  unsigned steps_at_most = 4'000;  // of one execution; more: it is truncated
  unsigned spurious_wakes = 0;     // of one execution, by the kernel for no reason
  bool refuses_fence = false;      // the kernel may refuse the restart fence, from some moment on
  bool crowds = false;             // whoever waits may find the lock crowded, and asks when woken
  mutation changed;
  std::string replay;  // runs this one execution
};

// What came of it. True if nothing failed and nothing was left out.
struct result {
  std::string name;
  std::uint64_t executions = 0;  // run to their end; each a different one
  std::uint64_t pruned = 0;      // broken off: the rest is the same as in another
  std::uint64_t covered = 0;     // the executions, and those that were broken off because all ways
                                 // to go on from where they had come were known
  std::uint64_t states = 0;      // different ones; 0: they were not compared
  std::uint64_t truncated = 0;   // too long
  bool finished = false;         // went through all there are under its mode
  std::string mode;
  double seconds = 0;

  std::string failure;  // empty: none
  std::string replay;   // repeats the failing execution
  std::string table;    // the failing execution: a column a thread, a row a step
  std::string html;     // the same as a page to look at

  std::vector<mutation> mutations;  // that are possible at the places that were reached

  explicit operator bool() const noexcept {
    return failure.empty() && finished && executions > 0 && truncated == 0;
  }
  std::string summary() const;
};

// What one execution is made of. Built anew for each.
class scenario {
 public:
  scenario() = default;
  scenario(const scenario&) = delete;
  scenario& operator=(const scenario&) = delete;
  ~scenario();

  // State that the threads share; `name` for the table.
  template <class T, class... Arguments>
  T& make(const char* name, Arguments&&... arguments) {
    void* const room = allocate(name, sizeof(T), alignof(T));
    T* const made = ::new (room) T(std::forward<Arguments>(arguments)...);
    ends_.push_back({made, [](void* object) { static_cast<T*>(object)->~T(); }});
    return *made;
  }

  // At most 7. They start when the building is over.
  void thread(const char* name, std::function<void()> run) {
    threads.push_back({name, std::move(run)});
  }

  // Runs when all threads have ended.
  void after(std::function<void()> check) { checks.push_back(std::move(check)); }

  // The threads were broken off: what they use is given up, not destroyed.
  void forget() noexcept { ends_.clear(); }

  struct body {
    const char* name;
    std::function<void()> run;
  };
  std::vector<body> threads;
  std::vector<std::function<void()>> checks;

 private:
  struct end {
    void* object;
    void (*destroy)(void*);
  };
  static void* allocate(const char* name, std::size_t size, std::size_t alignment);
  std::vector<end> ends_;
};

// Runs executions until all are done, one fails, or there are too many.
result explore(const char* name, const options& how, const std::function<void(scenario&)>& build);

// Fails the execution if `holds` is false.
void expect(bool holds, const char* what,
            const std::source_location& site = std::source_location::current());

}  // namespace holdfast::model
