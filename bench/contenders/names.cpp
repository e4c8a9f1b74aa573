// SPDX-License-Identifier: BSL-1.0
// The one list of our names.
#include "contenders/names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "contenders/fibers.hpp"
#include "contenders/holdfast.hpp"
#include "contenders/queues.hpp"
#include "contenders/rw_locks.hpp"
#include "contenders/semaphores.hpp"

namespace bench {
namespace {

// A comma may follow: "parking_rw_lock, read".
constexpr std::array<std::string_view, 12> our_names{
    spin_lock::name,        ticket_lock::name,     mcs_lock::name,  parking_lock::name,
    parking_lock_cas::name, native_lock::name,     semaphore::name, binary_semaphore::name,
    our_condition::name,    parking_rw_lock::name, our_queue::name, fiber_lock::name,
};
// With whatever follows: data, a namespace, a header.
constexpr std::array<std::string_view, 6> our_beginnings{
    "mutex<", "process::mutex<", "shared_mutex<", "holdfast", "<holdfast/", "libholdfast"};

// Words in the names of locks that only spin, in small letters.
constexpr std::array<std::string_view, 5> words_of_spinning{"spin", "ticket", "mcs", "clh",
                                                            "queuing"};

}  // namespace

bool is_ours(std::string_view contender) {
  const std::string_view name = contender.substr(0, contender.find(','));
  return std::ranges::count(our_names, name) > 0 ||
         std::ranges::any_of(our_beginnings,
                             [&](auto beginning) { return contender.starts_with(beginning); });
}

bool is_floor(std::string_view contender) { return contender.starts_with('('); }

bool is_spinning(std::string_view contender) {
  std::string small(contender);
  std::ranges::transform(small, small.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(words_of_spinning,
                             [&](auto word) { return small.find(word) != std::string::npos; });
}

}  // namespace bench
