// SPDX-License-Identifier: BSL-1.0
// Starts threads behind a gate, and collects their exceptions.
#include "threads.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <exception>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "holdfast/mutex.hpp"
#include "holdfast/semaphore.hpp"

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#endif

namespace cli {
namespace {

// What this process has used of its CPUs. std::clock() is that, but not on Windows.
double cpu_seconds() noexcept {
#if defined(_WIN32)
  FILETIME unused{};
  FILETIME part[2]{};  // in the kernel and outside, in units of 100 ns
  ::GetProcessTimes(::GetCurrentProcess(), &unused, &unused, &part[0], &part[1]);
  double seconds = 0;
  for (const FILETIME& each : part)
    seconds += (each.dwHighDateTime * 4294967296.0 + each.dwLowDateTime) * 1e-7;
  return seconds;
#else
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
#endif
}

// Threads wait here until all are there, and awake: the first to be woken would be done with a
// short job before the last is.
class gate {
 public:
  // False: turn back.
  bool pass() noexcept {
    arrived_.release();
    while (state_.load() == closed) std::this_thread::yield();
    return state_.load() == opened;
  }

  void wait_for(unsigned threads) noexcept {
    for (unsigned i = 0; i < threads; ++i) arrived_.acquire();
  }

  void open(bool let_pass) noexcept { state_.store(let_pass ? opened : cancelled); }

 private:
  static constexpr int closed = 0;
  static constexpr int opened = 1;
  static constexpr int cancelled = 2;

  // Not std::atomic, whose wait may miss the last arrival where libstdc++ 12 has no futex (Windows).
  holdfast::semaphore arrived_{0};
  std::atomic<int> state_{closed};
};

class stopwatch {
 public:
  spent elapsed() const {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
    return {seconds.count(), cpu_seconds() - cpu_start_};
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double cpu_start_ = cpu_seconds();
};

// Fills `running`; if the system refuses, sends those that wait home.
void start_all(unsigned threads, gate& start, std::vector<std::jthread>& running,
               const std::function<void(unsigned)>& body) {
  try {
    for (unsigned i = 0; i < threads; ++i) running.emplace_back(body, i);
  } catch (const std::system_error& error) {
    start.open(false);
    throw std::runtime_error(fmt::format("cannot start {} threads, only {}: {}", threads,
                                         running.size(), error.code().message()));
  }
}

}  // namespace

unsigned cpus() noexcept { return std::max(1U, std::thread::hardware_concurrency()); }

spent run_together(unsigned threads, const std::function<void(unsigned)>& body) {
  gate start;
  holdfast::mutex<std::exception_ptr> first_error;
  const auto guarded = [&](unsigned thread) {
    if (!start.pass()) return;
    try {
      body(thread);
    } catch (...) {
      const auto error = first_error.lock();
      if (!*error) *error = std::current_exception();
    }
  };
  std::optional<stopwatch> watch;
  {
    std::vector<std::jthread> running;
    running.reserve(threads);
    start_all(threads, start, running, guarded);
    start.wait_for(threads);
    watch.emplace();
    start.open(true);
  }
  const spent result = watch->elapsed();
  if (const std::exception_ptr error = first_error.get_mut()) std::rethrow_exception(error);
  return result;
}

}  // namespace cli
