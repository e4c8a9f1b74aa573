// SPDX-License-Identifier: BSL-1.0
// Running the rounds of uncontended pairs, and the arithmetic on their samples.
#include "workloads/uncontended.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include <fmt/core.h>

#include "harness/progress.hpp"
#include "harness/statistics.hpp"

namespace bench {
namespace {

constexpr std::uint64_t pairs_a_try = 200'000;
constexpr std::uint64_t pairs_a_quick_try = 50'000;

void sleep_until_stopped(const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock hold(mutex);
  std::condition_variable_any().wait(hold, stop, [] { return false; });
}

const char* name_of(enum phase phase) {
  switch (phase) {
    case phase::never_threaded:
      return "the process never had a second thread";
    case phase::after_join:
      return "the process had a second thread, which has ended";
    default:
      return "a second thread is asleep";
  }
}

template <class Figure>
std::vector<double> of_each_placement(Figure figure) {
  std::vector<double> values(placements.size());
  for (std::size_t p = 0; p < placements.size(); ++p) values[p] = figure(p);
  return values;
}

std::string list_of_placements() {
  std::string list = "beside";
  for (const std::size_t distance : placements)
    if (distance != beside) list += fmt::format(", {}", distance);
  return list;
}

}  // namespace

std::vector<pair_sample> pair_results::one_round(const std::vector<pair_task>& tasks,
                                                 std::size_t offset, std::uint64_t pairs,
                                                 random_source& random) {
  alignas(page) static std::byte memory[2 * page];  // the same for all: no luck with addresses
  std::vector<pair_sample> samples(tasks.size());
  for (const std::size_t i : shuffled(tasks.size(), random))
    samples[i] = tasks[i].sample(memory + offset, pairs);
  return samples;
}

pair_results pair_results::measure(const char* title, std::vector<pair_task> tasks,
                                   const settings& how, random_source& random) {
  std::optional<std::jthread> other;
  if (how.phase != phase::never_threaded) other.emplace(sleep_until_stopped);
  if (how.phase == phase::after_join) other.reset();

  pair_results results(std::move(tasks), how);
  const std::uint64_t pairs = how.quick ? pairs_a_quick_try : pairs_a_try;
  progress shown(title, how.rounds);
  for (std::size_t i = 0; i < how.rounds; ++i) {
    const std::size_t offset = random() % (page / cache_line) * cache_line;
    auto samples =
        results.quiet_.sample([&] { return one_round(results.tasks_, offset, pairs, random); });
    results.rounds_.push_back({offset, std::move(samples)});
    shown.advance();
  }
  return results;
}

std::vector<std::string_view> pair_results::contenders() const {
  std::vector<std::string_view> names;
  for (const pair_task& task : tasks_)
    if (task.placement == 0) names.push_back(task.contender);
  return names;
}

std::vector<double> pair_results::over_rounds(std::string_view contender,
                                              std::size_t placement) const {
  const auto task = std::ranges::find_if(tasks_, [&](const pair_task& t) {
    return t.contender == contender && t.placement == placement;
  });
  const auto index = static_cast<std::size_t>(task - tasks_.begin());
  std::vector<double> values;
  values.reserve(rounds_.size());
  for (const round& r : rounds_) values.push_back(r.samples.at(index).best());
  return values;
}

std::vector<double> pair_results::by_placement(std::string_view contender) const {
  return of_each_placement([&](std::size_t p) { return median(over_rounds(contender, p)); });
}

double pair_results::nanoseconds(std::string_view contender) const {
  return median(by_placement(contender));
}

double pair_results::spread(std::string_view contender) const {
  return median(
      of_each_placement([&](std::size_t p) { return spread_percent(over_rounds(contender, p)); }));
}

template <class Combine>
double pair_results::paired(std::string_view a, std::string_view b, Combine combine) const {
  return median(of_each_placement([&](std::size_t p) {
    std::vector<double> of_a = over_rounds(a, p);
    const std::vector<double> of_b = over_rounds(b, p);
    std::ranges::transform(of_a, of_b, of_a.begin(), combine);
    return median(of_a);
  }));
}

double pair_results::ratio(std::string_view contender, std::string_view to) const {
  return paired(contender, to, [](double a, double b) { return a / b; });
}

double pair_results::difference(std::string_view contender, std::string_view to) const {
  return paired(contender, to, [](double a, double b) { return a - b; });
}

std::set<std::string> pair_results::wrong() const {
  std::set<std::string> names;
  for (const round& r : rounds_)
    for (std::size_t i = 0; i < tasks_.size(); ++i)
      if (!r.samples[i].correct) names.emplace(tasks_[i].contender);
  return names;
}

void pair_results::print_method() const {
  fmt::print(
      "{}; best of {} tries a round, median of the rounds, median of the placements of the "
      "data\n(bytes from lock to data: {}); the address in the page changes every round\n",
      name_of(phase_), tries_a_sample, list_of_placements());
  fmt::print("{}\n", quiet_.summary("rounds"));
}

nlohmann::ordered_json pair_results::to_json() const {
  nlohmann::ordered_json json{{"phase", name_of(phase_)}, {"rounds", quiet_.to_json()}};
  for (const std::string_view contender : contenders())
    json["contenders"][std::string(contender)] = {{"ns", nanoseconds(contender)},
                                                  {"spread_percent", spread(contender)}};
  for (const round& r : rounds_)
    for (std::size_t i = 0; i < tasks_.size(); ++i)
      json["samples"].push_back({{"contender", tasks_[i].contender},
                                 {"distance", placements[tasks_[i].placement]},
                                 {"offset_in_page", r.offset},
                                 {"ns", r.samples[i].tries}});
  return json;
}

nlohmann::ordered_json print_goals(const pair_results& results, std::span<const pair_goal> goals) {
  nlohmann::ordered_json json;
  for (const pair_goal& g : goals) {
    const double ratio = results.ratio(g.contender, g.to);
    fmt::print("  {:<12} <= {:.2f} of {:<26} {:.3f}  {}\n", g.contender, g.at_most, g.to, ratio,
               ratio <= g.at_most ? "reached" : "not reached");
    json.push_back({{"contender", g.contender},
                    {"to", g.to},
                    {"at_most", g.at_most},
                    {"ratio", ratio},
                    {"reached", ratio <= g.at_most}});
  }
  return json;
}

}  // namespace bench
