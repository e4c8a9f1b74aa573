// SPDX-License-Identifier: BSL-1.0
// The subcommand demo: a counter, incremented by several threads without a lock and under each.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "counter_locks.hpp"
#include "counter_plan.hpp"
#include "counter_report.hpp"
#include "json_output.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "usage.hpp"

namespace cli {
namespace {

constexpr std::int64_t increments_at_most = 1'000'000'000;

exit_code list_locks(const counter_options& options) {
  if (options.json) {
    json all = json::array();
    for (const counter_lock& lock : counter_locks())
      all.push_back({{"lock", lock.name}, {"description", lock.description}});
    write_json(all);
  } else {
    for (const counter_lock& lock : counter_locks())
      write_out(fmt::format("{:<16}  {}\n", lock.name, lock.description));
  }
  return success;
}

// Counts under each lock and shows the rows as they come.
std::vector<counter_row> count_all(const counter_options& options) {
  const std::vector<assignment> tasks = plan_counter(options);
  const table rows_shown = counter_table();
  std::vector<counter_row> rows;
  progress steps(tasks.size());
  if (!options.json) steps.print(counter_introduction(options) + rows_shown.header());
  for (const assignment& task : tasks) {
    steps.begin(std::string(task.lock->name));
    rows.push_back(carry_out(task));
    if (!options.json) steps.print(rows_shown.row(cells_of(rows.back())));
  }
  return rows;
}

exit_code run_counter(const counter_options& options) {
  if (options.list) return list_locks(options);
  const std::vector<counter_row> rows = count_all(options);
  bool ok = true;
  for (const counter_row& row : rows) {
    if (row.as_it_should()) continue;
    ok = false;
    complain(fmt::format("{}: the counter is {} and not {}", row.asked.lock->name,
                         row.got.final_value, row.asked.expected()));
  }
  if (options.json)
    write_json(json_of(options, rows, ok));
  else
    write_out(notes_on(rows));
  return ok ? success : failure;
}

// For CLI11: the empty text accepts.
std::string check_lock_name(const std::string& name) {
  std::vector<std::string> names;
  for (const counter_lock& lock : counter_locks()) names.emplace_back(lock.name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return "";
  const std::string meant = closest(name, names);
  return fmt::format(
      "there is no lock '{}'; {}", shown(name),
      meant.empty() ? "--list names them" : fmt::format("did you mean '{}'?", meant));
}

constexpr const char* demo_details = R"(
Exit code: 0 every lock counted right; 1 a lock lost an update, or the output could not be written;
2 wrong usage.

--json prints {demo, version, cpus, threads, increments, ok, rows}; each of rows has lock, threads,
increments (of each thread), expected, final, lost, seconds, ns_per_increment, cpu_seconds,
worst_wait_ns (null without a lock), note.

ns/increment is elapsed time by increments of all threads. CPU s is the processor time of all
threads. A wait begins when try_lock fails and ends when lock returns; the clock is read only then,
so a lock that is free costs no look at it. With more threads than CPUs, ticket_lock and mcs_lock
crawl, as each hand-over then waits for the scheduler; -n makes it shorter.)";

void add_options(CLI::App& demo, counter_options& options) {
  demo.add_option("-t,--threads", options.threads, "Threads that count")
      ->type_name("N")
      ->check(number_between(1U, threads_at_most))
      ->capture_default_str();
  demo.add_option("-n,--increments", options.increments, "Increments of each thread")
      ->type_name("N")
      ->check(number_between(std::int64_t{1}, increments_at_most))
      ->capture_default_str();
  demo.add_option("--lock", options.locks, "Only this lock; repeat it for several")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->check(CLI::Validator(check_lock_name, ""));
  demo.add_flag("--json", options.json, "Print JSON for programs");
  demo.add_flag("--list", options.list, "Print the names for --lock and stop");
}

// `demo --json words` would drop the --json silently.
void refuse_own_options(const CLI::App& demo) {
  for (const CLI::Option* option : demo.get_options())
    if (option->count() > 0)
      throw CLI::ValidationError(option->get_name(),
                                 "belongs to the counter; put the options of "
                                 "words behind that word");
}

}  // namespace

void add_demo(CLI::App& app, job& chosen) {
  auto* const demo = app.add_subcommand(
      "demo", "Count with several threads, with and without locks (see also: demo words)");
  const auto options = std::make_shared<counter_options>();
  add_options(*demo, *options);
  demo->footer(demo_details);
  add_demo_words(*demo, chosen);
  demo->callback([demo, options, &chosen] {
    if (demo->get_subcommands().empty())
      chosen = [options] { return run_counter(*options); };
    else
      refuse_own_options(*demo);
  });
}

}  // namespace cli
