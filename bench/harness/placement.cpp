// SPDX-License-Identifier: BSL-1.0
// The probe: two threads that pass a cache line back and forth.
#include "harness/placement.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include <fmt/core.h>

#include "contenders/cell.hpp"
#include "harness/statistics.hpp"
#include "harness/timing.hpp"

namespace bench {
namespace {

// Between two hardware threads or cores of one complex 50 ns to 60 ns, to another complex 300 ns to
// 320 ns (EPYC, 2026-11); 140 ns to 240 ns on a mesh (Xeon, 2026-11).
constexpr double near_below = 110;
constexpr double far_from = 250;
constexpr double mixed_from = 2;  // times as long, the slow probes as the fast ones

constexpr int tries = 24;
constexpr int trips_a_try = 50;
constexpr double seconds_at_most = 0.02;

// The first two CPUs that this process may use.
std::vector<int> two_cpus() {
  cpu_set_t allowed;
  std::vector<int> found;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return found;
  for (int cpu = 0; cpu < CPU_SETSIZE && found.size() < 2; ++cpu)
    if (CPU_ISSET(cpu, &allowed)) found.push_back(cpu);
  return found;
}

bool stay_on(int cpu) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  return ::sched_setaffinity(0, sizeof only, &only) == 0;  // of the calling thread
}

constexpr int given_up = -1;

// The ball is in the court of the even or the odd.
struct alignas(2 * cache_line) court {
  std::atomic<int> ball{0};

  // False if the other does not play any more, or for too long.
  bool wait_for(int value, clock::time_point begin) {
    for (unsigned spins = 1;; ++spins) {
      const int now = ball.load(std::memory_order_acquire);
      if (now == value) return true;
      if (now == given_up) return false;
      if (spins % 1024 == 0 && seconds_since(begin) > seconds_at_most) {
        ball.store(given_up, std::memory_order_release);
        return false;
      }
    }
  }
};

// The first player takes the time of each try.
std::vector<double> serve(court& between, clock::time_point begin) {
  std::vector<double> times;
  int value = 0;
  for (int i = 0; i < tries; ++i) {
    const auto try_begins = clock::now();
    for (int trip = 0; trip < trips_a_try; ++trip) {
      between.ball.store(value + 1, std::memory_order_release);
      value += 2;
      if (!between.wait_for(value, begin)) return times;
    }
    times.push_back(seconds_since(try_begins) * 1e9 / trips_a_try);
  }
  return times;
}

void give_back(court& between, clock::time_point begin) {
  for (int value = 1; value < 2 * tries * trips_a_try; value += 2) {
    if (!between.wait_for(value, begin)) return;
    between.ball.store(value + 1, std::memory_order_release);
  }
}

}  // namespace

double cache_line_round_trip() {
  const std::vector<int> cpus = two_cpus();
  std::vector<double> times;
  if (cpus.size() == 2) {
    court between;
    const auto begin = clock::now();
    const std::jthread other([&] {
      if (stay_on(cpus[1])) give_back(between, begin);
    });
    const std::jthread first([&] {
      if (stay_on(cpus[0])) times = serve(between, begin);
    });
  }
  // Fewer: one of them was kept from its CPU.
  if (times.size() < tries / 2) times.clear();
  return median(times);
}

std::vector<double> placement_log::known() const {
  std::vector<double> all = seen_;
  std::erase_if(all, [](double each) { return std::isnan(each); });
  return all;
}

const char* placement_log::kind() const {
  const std::vector<double> all = known();
  if (all.empty()) return "unknown";
  // A probe now and then is disturbed.
  if (quantile(all, 0.9) > mixed_from * quantile(all, 0.1)) return "mixed";
  const double typical = median(all);
  return typical < near_below ? "near" : typical < far_from ? "middle" : "far";
}

std::string placement_log::summary() const {
  const std::vector<double> all = known();
  std::string line = "a cache line between two CPUs and back: ";
  if (all.empty()) return line + "unknown";
  return line + fmt::format("{:.0f} ns, IQR {:.0f} %, {:.0f} to {:.0f} ns: {}", median(all),
                            spread_percent(all), quantile(all, 0), quantile(all, 1), kind());
}

nlohmann::ordered_json placement_log::to_json() const {
  const std::vector<double> all = known();
  nlohmann::ordered_json json{{"kind", kind()}, {"probes", seen_.size()}};
  if (!all.empty())
    json["round_trip_ns"] = {{"median", median(all)},
                             {"quartiles", {quantile(all, 0.25), quantile(all, 0.75)}},
                             {"range", {quantile(all, 0), quantile(all, 1)}}};
  return json;
}

}  // namespace bench
