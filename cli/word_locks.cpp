// SPDX-License-Identifier: BSL-1.0
// Words counted by several threads into one map that a mutex owns; a new lock is one line here.
#include "word_locks.hpp"

#include <atomic>
#include <mutex>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/spin/spin_lock.hpp"

namespace cli {
namespace {

// Locks once for each word: the demonstration is about the lock. A program in a hurry would count
// a chunk for itself and lock once to add it.
template <class Lock>
word_result count_under(chunk_list chunks, unsigned threads) {
  holdfast::mutex<word_counts, Lock> counts;
  std::atomic<std::size_t> next{0};
  const spent cost = run_together(threads, [&](unsigned) {
    for (std::size_t i = next.fetch_add(1); i < chunks.size(); i = next.fetch_add(1))
      for_each_word(chunks[i], [&counts](const std::string& word) {
        counts.with([&word](word_counts& all) { ++all[word]; });
      });
  });
  return {std::move(counts).into_inner(), cost};
}

constexpr word_lock all_word_locks[] = {
    {"parking_lock", &count_under<holdfast::parking_lock>},
    {"parking_lock_cas", &count_under<holdfast::parking_lock_cas>},
    {"spin_lock", &count_under<holdfast::spin_lock>},
    {"native_lock", &count_under<holdfast::native_lock>},
    {"std::mutex", &count_under<std::mutex>},
};

}  // namespace

std::span<const word_lock> word_locks() noexcept { return all_word_locks; }

word_result count_alone(chunk_list chunks) {
  word_counts counts;
  const spent cost = run_together(1, [&](unsigned) {
    for (const std::string_view chunk : chunks)
      for_each_word(chunk, [&counts](const std::string& word) { ++counts[word]; });
  });
  return {std::move(counts), cost};
}

}  // namespace cli
