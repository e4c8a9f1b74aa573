// SPDX-License-Identifier: BSL-1.0
// Holding the figures of a report against the goals.
#include "goals.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include <fmt/core.h>
#include <fmt/format.h>

#include "contenders/names.hpp"
#include "harness/statistics.hpp"

namespace bench {
namespace {

// One figure of a contender under a load: by placement, in the order of the rounds.
using rounds = std::map<long, std::vector<double>>;

// What competes: all contenders under one load, with one figure.
using cell = std::map<std::string, rounds>;

template <class Figure>
double over_placements(const rounds& all, Figure figure) {
  std::vector<double> values;
  for (const auto& [placement, samples] : all) values.push_back(figure(placement, samples));
  return median(values);
}

double median_of(const rounds& all) {
  return over_placements(all, [](long, const auto& samples) { return median(samples); });
}

// The median of the ratios of the same round; where a round lacks one of them, that of the medians.
double ratio_of(const rounds& ours, const rounds& others) {
  return over_placements(ours, [&](long placement, const std::vector<double>& a) {
    const auto found = others.find(placement);
    if (found == others.end()) return median(a) / median_of(others);
    const std::vector<double>& b = found->second;
    if (a.size() != b.size()) return median(a) / median(b);
    std::vector<double> ratios(a.size());
    std::ranges::transform(a, b, ratios.begin(), std::divides());
    return median(ratios);
  });
}

std::string threads_part(unsigned threads) { return fmt::format("{} threads", threads); }

bool is_threads_part(const std::string& part) { return part.ends_with(" threads"); }

// What of the load is beyond that of the goal: nothing, or how many threads; else it is another.
std::optional<std::string> cell_of(const goal& of, const reported_sample& sample) {
  if (sample.workload != of.workload || sample.list != of.list) return {};
  std::vector<std::string> rest;
  for (const std::string& part : sample.load)
    if (std::ranges::count(of.load, part) == 0) rest.push_back(part);
  if (rest.size() + of.load.size() != sample.load.size()) return {};
  if (!of.any_threads && of.threads.empty()) return rest.empty() ? std::optional("") : std::nullopt;
  if (rest.size() != 1 || !is_threads_part(rest[0])) return {};
  const bool wanted = of.any_threads || std::ranges::any_of(of.threads, [&](unsigned threads) {
                        return rest[0] == threads_part(threads);
                      });
  return wanted ? std::optional(rest[0]) : std::nullopt;
}

// The cells of a goal, in the order of the report.
std::vector<std::pair<std::string, cell>> cells_of(const goal& of,
                                                   const std::vector<reported_sample>& samples) {
  std::vector<std::pair<std::string, cell>> cells;
  for (const reported_sample& sample : samples) {
    const auto load = cell_of(of, sample);
    if (!load) continue;
    const auto figure =
        std::ranges::find(sample.figures, of.metric, [](auto& f) { return f.first; });
    if (figure == sample.figures.end()) continue;
    auto place = std::ranges::find(cells, *load, [](auto& c) { return c.first; });
    if (place == cells.end()) place = cells.insert(cells.end(), {*load, {}});
    // Of several tries in one round the best one counts.
    place->second[sample.contender][sample.placement].push_back(std::ranges::min(figure->second));
  }
  return cells;
}

// The same with one thread, for the goals that compare with that; nobody if it was not measured.
std::optional<cell> one_thread_of(goal of, const std::vector<reported_sample>& samples) {
  if (of.beside != beside::one_thread) return {};
  of.threads = {1};
  const auto cells = cells_of(of, samples);
  return cells.empty() ? cell() : cells.front().second;
}

bool competes(const goal& of, const std::string& contender) {
  if (of.beside == beside::one_named) return contender == of.rival;
  if (of.beside == beside::one_thread) return contender == of.contender;
  if (!is_rival(contender)) return false;
  return of.beside == beside::best_rival || !is_spinning(contender);
}

// The rival with the best median.
const cell::value_type* rival_of(const goal& of, const cell& contenders) {
  const cell::value_type* best = nullptr;
  const auto beats = [&](double a, double b) {
    return of.limit_is == sense::at_least ? a > b : a < b;
  };
  for (const auto& each : contenders)
    if (competes(of, each.first) &&
        (best == nullptr || beats(median_of(each.second), median_of(best->second))))
      best = &each;
  return best;
}

// The rival is one of `rivals_among`.
std::optional<goal_cell> held_against(const goal& of, const std::string& load,
                                      const cell& contenders, const cell& rivals_among) {
  const auto ours = contenders.find(of.contender);
  if (ours == contenders.end()) return {};
  goal_cell result{load, 0, "", false};
  if (of.beside == beside::no_one) {
    result.figure = median_of(ours->second) * of.in_unit;
  } else {
    const auto* const rival = rival_of(of, rivals_among);
    if (rival == nullptr) return {};
    result.figure = ratio_of(ours->second, rival->second);
    if (of.beside != beside::one_thread) result.rival = rival->first;
  }
  result.reached =
      of.limit_is == sense::at_least ? result.figure >= of.limit : result.figure <= of.limit;
  return result;
}

std::string text_of(const goal& of) {
  const char* const sign = of.limit_is == sense::at_least ? ">=" : "<=";
  const std::string begin = fmt::format("{} of {} {} {}", of.what, of.contender, sign, of.limit);
  switch (of.beside) {
    case beside::no_one:
      return begin + of.unit;
    case beside::one_named:
      return begin + " x " + of.rival;
    case beside::best_rival:
      return begin + " x the best rival";
    case beside::one_thread:
      return begin + " x that of one thread alone";
    default:
      return begin + " x the best rival that sleeps";
  }
}

std::string load_of(const goal& of) {
  std::vector<std::string> parts;
  if (of.list != "samples" && of.list != "together") parts.push_back(of.list);
  for (std::string part : of.load) {
    if (std::isdigit(static_cast<unsigned char>(part[0])) != 0)
      std::ranges::replace(part, '_', ' ');  // 10 percent_of_writes
    parts.push_back(std::move(part));
  }
  if (of.threads.size() == 1) parts.push_back(threads_part(of.threads[0]));
  if (of.threads.size() == 2)
    parts.push_back(fmt::format("{} and {}", of.threads[0], threads_part(of.threads[1])));
  if (of.threads.size() > 2)
    parts.push_back(fmt::format("{} to {}", of.threads.front(), threads_part(of.threads.back())));
  return fmt::format("{}", fmt::join(parts, ", "));
}

goal_result result_of(const goal& of, const std::vector<reported_sample>& samples) {
  goal_result result{of.workload, load_of(of), text_of(of), of.limit, {}};
  const auto alone = one_thread_of(of, samples);
  for (const auto& [load, contenders] : cells_of(of, samples))
    if (auto held = held_against(of, load, contenders, alone ? *alone : contenders))
      result.cells.push_back(std::move(*held));
  const auto figure = [](const goal_cell& each) { return each.figure; };
  const auto worst = of.limit_is == sense::at_least
                         ? std::ranges::min_element(result.cells, {}, figure)
                         : std::ranges::max_element(result.cells, {}, figure);
  result.worst = static_cast<std::size_t>(worst - result.cells.begin());
  return result;
}

json to_json(const goal_cell& one) {
  return {{"load", one.load},
          {"figure", one.figure},
          {"rival", one.rival.empty() ? json() : json(one.rival)},
          {"reached", one.reached}};
}

json to_json(const goal_result& result) {
  const std::string row = result.workload + (result.load.empty() ? "" : ", ") + result.load;
  json line{{"row", row}, {"goal", result.text}, {"limit", result.limit}};
  // What decides: the worst cell.
  const json worst = result.cells.empty() ? json() : to_json(result.cells[result.worst]);
  for (const char* const name : {"figure", "rival", "reached", "load"})
    line[name] = worst.is_null() ? json() : worst[name];
  line["cells"] = json::array();
  for (const goal_cell& each : result.cells) line["cells"].push_back(to_json(each));
  return line;
}

// "reached        1.43  ": of the worst cell.
std::string verdict_of(const goal_result& result) {
  if (result.cells.empty()) return fmt::format("{:<12} {:>6}  ", "not measured", "");
  const goal_cell& worst = result.cells[result.worst];
  return fmt::format("{:<12} {:>6.3g}  ", worst.reached ? "reached" : "NOT REACHED", worst.figure);
}

// " (std::mutex, 8 threads)": beside whom and where, if the goal leaves that open.
std::string place_of(const goal_result& result) {
  if (result.cells.empty()) return "";
  const goal_cell& worst = result.cells[result.worst];
  std::vector<std::string_view> parts;
  if (!result.text.ends_with(worst.rival)) parts.push_back(worst.rival);
  if (!result.load.ends_with(", " + worst.load) && !worst.load.empty()) parts.push_back(worst.load);
  return parts.empty() ? "" : fmt::format(" ({})", fmt::join(parts, ", "));
}

}  // namespace

std::vector<goal_result> reached_goals(const json& report) {
  const std::vector<reported_sample> samples = samples_of(report);
  std::vector<goal_result> results;
  for (const goal& each : all_goals()) results.push_back(result_of(each, samples));
  return results;
}

void add_goals(json& report, const std::vector<goal_result>& results) {
  json goals = json::array();
  for (const goal_result& each : results) goals.push_back(to_json(each));
  report["goals"] = std::move(goals);

  std::set<std::string> ours;
  for (const reported_sample& sample : samples_of(report))
    if (is_ours(sample.contender)) ours.insert(sample.contender);
  report["ours"] = ours;
}

void print(const std::vector<goal_result>& results, bool all) {
  std::size_t reached = 0;
  std::size_t measured = 0;
  std::string workload;
  for (const goal_result& each : results) {
    const bool is_measured = !each.cells.empty();
    measured += is_measured ? 1U : 0U;
    reached += each.reached() ? 1U : 0U;
    if (!is_measured && !all) continue;
    if (workload != each.workload) fmt::print("goals of {}\n", each.workload);
    workload = each.workload;
    fmt::print("  {}{}{}{}{}\n", verdict_of(each), each.load, each.load.empty() ? "" : ": ",
               each.text, place_of(each));
  }
  if (measured == 0 && !all) return;
  fmt::print(
      "{} of {} goals reached, {} not measured; medians, ratios in the same round; where a goal\n"
      "is for several numbers of threads, the worst of them\n",
      reached, results.size(), results.size() - measured);
}

}  // namespace bench
