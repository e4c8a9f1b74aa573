// SPDX-License-Identifier: BSL-1.0
// The command holdfast-bench: runs workloads, prints tables, writes the samples as JSON.
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "compare.hpp"
#include "contenders/rivals.hpp"
#include "goals.hpp"
#include "harness/host.hpp"
#include "harness/placement.hpp"
#include "report.hpp"
#include "workloads/startup.hpp"
#include "workloads/workload.hpp"

namespace {

struct command {
  std::vector<std::string> workloads;
  std::uint64_t seed = 0;
  std::string json_file;
  std::optional<std::size_t> rounds;
  bench::settings how;
  std::string before, after;  // of compare
  bool all = false;
  std::string reported;  // of report
  std::string page = "bench-report.html";
};

// The compiler that built this tool, if it is still there.
std::string default_compiler() {
  if (std::filesystem::exists(HOLDFAST_BENCH_COMPILER)) return HOLDFAST_BENCH_COMPILER;
  const char* const from_environment = std::getenv("CXX");  // NOLINT(concurrency-mt-unsafe)
  return from_environment != nullptr ? from_environment : "c++";
}

void describe(CLI::App& app, command& asked) {
  std::vector<std::string> names;
  std::string help;
  for (const bench::workload& w : bench::all_workloads()) {
    names.emplace_back(w.name);
    help += fmt::format("\n  {:<10} {}", w.name, w.what);
  }
  app.add_option("workloads", asked.workloads, "Which to run; all if none is named:" + help)
      ->check(CLI::IsMember(names));
  app.add_flag("--quick", asked.how.quick,
               "Shorter samples, fewer loads, two rounds: to see that it runs, not to quote");
  app.add_option("--rounds", asked.rounds, "Rounds of each workload; 7, with --quick 2")
      ->check(CLI::Range(1, 1000));
  app.add_option("--seed", asked.seed, "Of the order of the samples; a random one by default");
  const std::map<std::string, enum bench::phase> phases{
      {"never-threaded", bench::phase::never_threaded},
      {"after-join", bench::phase::after_join},
      {"second-thread-asleep", bench::phase::second_thread_asleep}};
  app.add_option("--phase", asked.how.phase,
                 "Other threads of the process during pair and poison: second-thread-asleep (the "
                 "default), never-threaded, after-join")
      ->transform(CLI::CheckedTransformer(phases).description(""));
  app.add_option("--threads", asked.how.threads,
                 "Thread counts of contended, latency, locks and words, as 2,4,16")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1, 1024));
  app.add_option("--contenders", asked.how.contenders,
                 "Who takes part in contended and the workloads after it up to startup, beside "
                 "std::mutex, as 'parking_lock,spin*'")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--shapes", asked.how.shapes,
                 "Shapes of contended and latency, as 'empty*,1 us inside'")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--compiler", asked.how.compiler, "The compiler that include runs")
      ->capture_default_str();
  app.add_option("--json", asked.json_file, "Write machine and samples to this file");
  CLI::App* const comparing =
      app.add_subcommand("compare", "Says what changed from one --json file to another");
  comparing->add_option("before", asked.before, "The file of the first run")->required();
  comparing->add_option("after", asked.after, "The file of the second run")->required();
  comparing->add_flag("--all", asked.all, "Also what did not change");
  CLI::App* const reporting = app.add_subcommand(
      "report", "Makes a page of a --json file, and says which goals it reaches");
  reporting->add_option("file", asked.reported, "The file of the run")->required();
  reporting->add_option("-o,--output", asked.page, "The page")->capture_default_str();
}

bool is_asked(const command& asked, const char* name) {
  return asked.workloads.empty() || std::ranges::count(asked.workloads, name) > 0;
}

void print_machine(const nlohmann::ordered_json& machine, const command& asked) {
  for (const auto& [key, value] : machine.items())
    fmt::print("{:<22} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  fmt::print("{:<22} {}\n{:<22} {}\n", "rounds", asked.how.rounds, "seed", asked.seed);
  if (machine["checked"])
    fmt::print("THIS BUILD HAS THE MISUSE CHECKS: its figures mean nothing\n");
  for (const char* rival : bench::rivals_left_out()) fmt::print("left out: {}\n", rival);
}

// For a reader of the report: what each workload is, and what is reached.
void annotate(nlohmann::ordered_json& report, const std::vector<bench::goal_result>& goals) {
  for (const bench::workload& w : bench::all_workloads())
    if (report["workloads"].contains(w.name)) report["about"][w.name] = w.what;
  bench::add_goals(report, goals);
}

// True if every counter was right.
bool run(const command& asked) {
  nlohmann::ordered_json report{{"machine", bench::describe_machine()},
                                {"seed", asked.seed},
                                {"rounds", asked.how.rounds},
                                {"quick", asked.how.quick},
                                {"left_out", bench::rivals_left_out()}};
  report["machine"]["rivals"] = bench::rivals_in_this_build();
  bench::prepare_rivals();
  print_machine(report["machine"], asked);
  bench::random_source random(asked.seed);
  bench::placement_log placement;
  const auto probe = [&] {
    if (asked.how.phase == bench::phase::never_threaded) return;
    for (int i = 0; i < 5; ++i) placement.probe();
  };
  bool correct = true;
  for (const bench::workload& w : bench::all_workloads()) {
    if (!is_asked(asked, w.name)) continue;
    fmt::print("\n");
    probe();
    bench::outcome result = w.run(asked.how, random);
    probe();
    std::fflush(stdout);
    for (const std::string& contender : result.wrong) {
      fmt::print(stderr, "{}: the count of {} is WRONG\n", w.name, contender);
      correct = false;
    }
    report["workloads"][w.name] = std::move(result.results);
  }
  fmt::print("\n{}\n", placement.summary());
  report["placement"] = placement.to_json();
  report["correct"] = correct;
  const auto goals = bench::reached_goals(report);
  annotate(report, goals);
  fmt::print("\n");
  bench::print(goals, false);
  if (!asked.json_file.empty()) {
    std::ofstream file(asked.json_file);
    file << report.dump(1) << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write " + asked.json_file);
  }
  return correct;
}

// Of a run of any age: the goals are those of today.
void make_page(const command& asked) {
  nlohmann::ordered_json report = bench::read_report(asked.reported);
  const auto goals = bench::reached_goals(report);
  annotate(report, goals);
  bench::print(goals, true);
  std::fflush(stdout);
  bench::write_page(report, asked.page);
  fmt::print("the page: {}\n", asked.page);
}

}  // namespace

// 0: measured, compared or reported. 1: a counter was wrong. 2: wrong arguments, or something could not be done.
int main(int argc, char** argv) try {
  if (bench::is_first_lock(argc, argv)) return bench::run_first_lock(argv[2]);
  command asked;
  asked.seed = std::random_device()();
  asked.how.compiler = default_compiler();
  CLI::App app("Measures the locks of holdfast beside others.", "holdfast-bench");
  describe(app, asked);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  asked.how.rounds = asked.rounds.value_or(asked.how.quick ? 2 : 7);
  if (!asked.before.empty()) {
    bench::print(bench::compare(asked.before, asked.after), asked.all);
    return 0;
  }
  if (!asked.reported.empty()) {
    make_page(asked);
    return 0;
  }
  return run(asked) ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "holdfast-bench: {}\n", error.what());
  return 2;
}
